using System;
using System.Text.Json;
using Serf.Vectors;

namespace Serf.Core.Tests.Wire;

/// <summary>Fields of a structure in a vector file; one that is missing is zero.</summary>
internal readonly struct VectorFields(JsonElement fields)
{
    public bool IsNil => fields.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public VectorFields Inner(string name) => new(this[name]);

    public JsonElement this[string name] =>
        fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty(name, out JsonElement value)
            ? value
            : default;

    public ulong Unsigned(string name) =>
        this[name].ValueKind == JsonValueKind.Number ? this[name].GetUInt64() : 0;

    public long Signed(string name) =>
        this[name].ValueKind == JsonValueKind.Number ? this[name].GetInt64() : 0;

    public bool Bool(string name) => this[name].ValueKind == JsonValueKind.True;

    public byte[] Text(string name) =>
        this[name].ValueKind == JsonValueKind.Undefined ? [] : VectorFile.Text(this[name]);

    /// <summary>Null is the wire's nil.</summary>
    public byte[]? Bytes(string name) => this[name].ValueKind == JsonValueKind.String
        ? Convert.FromHexString(this[name].GetString()!)
        : null;

    public double Double(string name) => Double(this[name]);

    public static double Double(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String => value.GetString() switch
        {
            // The one NaN of the peers' language.
            "NaN" => BitConverter.UInt64BitsToDouble(0x7ff8000000000001),
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => throw new ArgumentException("not a number: " + value),
        },
        _ => 0,
    };
}
