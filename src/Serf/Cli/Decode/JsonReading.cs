using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

/// <summary>
/// One JSON object a line: <c>layers</c>, <c>messages</c> and, where something went wrong, <c>error</c>. Bytes
/// are hexadecimal; text that is not UTF-8 is an object with the one key <c>utf8Invalid</c>.
/// </summary>
internal sealed class JsonReading : IReadingSink, IReadingPrinter, IDisposable
{
    private static readonly JsonWriterOptions _options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly ArrayBufferWriter<byte> _messages = new();
    private readonly ArrayBufferWriter<byte> _head = new();
    private readonly ByteBuffer _hex = new();
    private readonly Utf8JsonWriter _json;
    private readonly Utf8JsonWriter _headJson;

    /// <param name="inside">Whether what fields hold is told too.</param>
    public JsonReading(bool inside)
    {
        WantsInside = inside;
        _json = new Utf8JsonWriter(_messages, _options);
        _headJson = new Utf8JsonWriter(_head, _options);
    }

    public IReadingSink Sink => this;

    public bool WantsRaw => true;

    public bool WantsInside { get; }

    public void Clear()
    {
        _messages.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartArray();
    }

    // line = { layers, [label], [messages], [error] }
    public void Print(LineReading reading, LineOutput output)
    {
        _head.ResetWrittenCount();
        _headJson.Reset();
        _headJson.WriteStartObject();
        _headJson.WriteStartArray("layers");
        foreach (string layer in reading.Layers)
        {
            _headJson.WriteStringValue(layer);
        }

        _headJson.WriteEndArray();
        if (reading.Label is not null)
        {
            _headJson.WritePropertyName("label");
            WriteText(_headJson, reading.Label);
        }

        if (reading.Error is not null)
        {
            _headJson.WriteString("error", reading.Error);
        }

        _headJson.Flush();
        output.Write(_head.WrittenSpan);
        if (reading.ReadCount > 0 || reading.Error is null)
        {
            _json.WriteEndArray();
            _json.Flush();
            output.Write(",\"messages\":"u8);
            output.Write(_messages.WrittenSpan);
        }

        output.Write("}\n"u8);
    }

    public void BeginMessage(string? key, string? name)
    {
        BeginObject(key);
        if (name is not null)
        {
            _json.WriteString("message", name);
        }
    }

    public void EndMessage() => _json.WriteEndObject();

    public void BeginFields() => _json.WriteStartObject("fields");

    public void EndFields() => _json.WriteEndObject();

    public void BeginObject(string? key)
    {
        WriteKey(key);
        _json.WriteStartObject();
    }

    public void EndObject() => _json.WriteEndObject();

    public void BeginList(string key) => _json.WriteStartArray(key);

    public void EndList() => _json.WriteEndArray();

    public void Refuse(string error, ReadOnlySpan<byte> bytes)
    {
        _json.WriteString("error", error);
        if (!bytes.IsNil())
        {
            Bytes("hex", bytes);
        }
    }

    public void Nil(string key) => _json.WriteNull(key);

    public void Text(string? key, ReadOnlySpan<byte> value)
    {
        WriteKey(key);
        WriteText(_json, value);
    }

    public void Bytes(string? key, ReadOnlySpan<byte> value)
    {
        WriteKey(key);
        if (value.IsNil())
        {
            _json.WriteNullValue();
            return;
        }

        WriteHex(_json, value);
    }

    public void Number(string key, long value) => _json.WriteNumber(key, value);

    public void Number(string key, ulong value) => _json.WriteNumber(key, value);

    public void Real(string? key, double value)
    {
        WriteKey(key);
        if (double.IsNaN(value))
        {
            _json.WriteStringValue("NaN"u8);
        }
        else if (double.IsInfinity(value))
        {
            _json.WriteStringValue(value > 0 ? "+Inf"u8 : "-Inf"u8);
        }
        else if (value == 0 && double.IsNegative(value))
        {
            _json.WriteRawValue("-0.0"u8, skipInputValidation: true);
        }
        else
        {
            _json.WriteNumberValue(value);
        }
    }

    public void Flag(string key, bool value) => _json.WriteBoolean(key, value);

    public void Duration(string key, long nanoseconds) => _json.WriteNumber(key, nanoseconds);

    public void Address(string ipKey, ReadOnlySpan<byte> ip, string portKey, long port)
    {
        Bytes(ipKey, ip);
        Number(portKey, port);
    }

    public void Versions(string key, ReadOnlySpan<byte> value) => Bytes(key, value);

    public void State(string key, long value) => Number(key, value);

    public void Tags(string key, Tags? tags)
    {
        if (tags is null)
        {
            Nil(key);
            return;
        }

        bool isPlain = true;
        foreach ((ByteString name, _) in tags.Entries)
        {
            isPlain &= Utf8.IsValid(name.Span);
        }

        BeginMap(key, isPlain);
        foreach ((ByteString name, ByteString value) in tags.Entries)
        {
            BeginEntry(name, isPlain);
            WriteText(_json, value.Span);
            EndEntry(isPlain);
        }

        EndMap(isPlain);
    }

    public void Times(string key, SortedDictionary<ByteString, ulong> times)
    {
        bool isPlain = true;
        foreach ((ByteString name, _) in times)
        {
            isPlain &= Utf8.IsValid(name.Span);
        }

        BeginMap(key, isPlain);
        foreach ((ByteString name, ulong time) in times)
        {
            BeginEntry(name, isPlain);
            _json.WriteNumberValue(time);
            EndEntry(isPlain);
        }

        EndMap(isPlain);
    }

    public void Dispose()
    {
        _json.Dispose();
        _headJson.Dispose();
        _hex.Dispose();
    }

    private void WriteKey(string? key)
    {
        if (key is not null)
        {
            _json.WritePropertyName(key);
        }
    }

    // A key that is not UTF-8 cannot be one in JSON: the map becomes a list of pairs.
    private void BeginMap(string key, bool isPlain)
    {
        _json.WritePropertyName(key);
        if (isPlain)
        {
            _json.WriteStartObject();
        }
        else
        {
            _json.WriteStartArray();
        }
    }

    private void EndMap(bool isPlain)
    {
        if (isPlain)
        {
            _json.WriteEndObject();
        }
        else
        {
            _json.WriteEndArray();
        }
    }

    private void BeginEntry(ByteString name, bool isPlain)
    {
        if (isPlain)
        {
            _json.WritePropertyName(name.Span);
            return;
        }

        _json.WriteStartArray();
        WriteText(_json, name.Span);
    }

    private void EndEntry(bool isPlain)
    {
        if (!isPlain)
        {
            _json.WriteEndArray();
        }
    }

    private void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> value)
    {
        if (Utf8.IsValid(value))
        {
            json.WriteStringValue(value);
            return;
        }

        json.WriteStartObject();
        json.WritePropertyName("utf8Invalid");
        WriteHex(json, value);
        json.WriteEndObject();
    }

    private void WriteHex(Utf8JsonWriter json, ReadOnlySpan<byte> value)
    {
        int size = 2 + (2 * value.Length);
        _hex.Clear();
        Span<byte> token = _hex.GetSpan(size)[..size];
        token[0] = (byte)'"';
        for (int index = 0; index < value.Length; index++)
        {
            token[1 + (2 * index)] = DigitOf(value[index] >> 4);
            token[2 + (2 * index)] = DigitOf(value[index] & 15);
        }

        token[^1] = (byte)'"';
        json.WriteRawValue(token, skipInputValidation: true);
        if (size > 2 * Limits.PacketSizeMax)
        {
            _hex.Dispose();
        }
    }

    private static byte DigitOf(int nibble) => "0123456789abcdef"u8[nibble];
}
