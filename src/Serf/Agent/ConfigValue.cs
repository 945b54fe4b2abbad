using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>What a JSON value is.</summary>
internal enum ConfigValueKind : byte
{
    Null,
    Text,
    Number,
    Bool,
    List,
    Map,
}

/// <summary>A value inside a list or a map; containers in there are known by their kind only.</summary>
/// <param name="Key">Its key; empty in a list.</param>
/// <param name="Text">Its text, if it is one; else empty.</param>
/// <param name="Flag">Whether it is <c>true</c>.</param>
internal readonly record struct ConfigItem(string Key, ConfigValueKind Kind, string Text, bool Flag);

/// <summary>One value of a configuration file: as much of it as any key can take.</summary>
internal sealed class ConfigValue
{
    private static readonly JsonReaderOptions _options = new() { MaxDepth = Limits.ConfigDepthMax };

    public ConfigValueKind Kind { get; private init; }

    public string Text { get; private init; } = "";

    public double Number { get; private init; }

    public bool Flag { get; private init; }

    public IReadOnlyList<ConfigItem> Items { get; private init; } = [];

    /// <summary>
    /// Reads an object; a repeated key keeps its last value. <c>null</c> counts as an empty object.
    /// </summary>
    /// <param name="json">One value, its syntax already checked.</param>
    /// <exception cref="SerfException">
    /// It is something else: <c>'' expected a map or struct, got "slice"</c>.
    /// </exception>
    public static Dictionary<string, ConfigValue> ReadObject(ReadOnlySpan<byte> json)
    {
        Dictionary<string, ConfigValue> values = new(StringComparer.Ordinal);
        Utf8JsonReader reader = new(json, _options);
        reader.Read();
        ConfigValueKind kind = KindOf(reader.TokenType);
        if (kind == ConfigValueKind.Null)
        {
            return values;
        }

        if (kind != ConfigValueKind.Map)
        {
            throw new SerfException($"'' expected a map or struct, got \"{ShortName(kind)}\"");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = TextOf(ref reader);
            reader.Read();
            values[key] = Read(ref reader);
        }

        return values;
    }

    /// <summary>Reads one value of any kind.</summary>
    /// <param name="json">Its syntax already checked.</param>
    public static ConfigValue Read(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, _options);
        reader.Read();
        return Read(ref reader);
    }

    /// <summary>As the messages about maps and lists name it.</summary>
    public static string ShortName(ConfigValueKind kind) => kind switch
    {
        ConfigValueKind.Text => "string",
        ConfigValueKind.Number => "float64",
        ConfigValueKind.Bool => "bool",
        ConfigValueKind.List => "slice",
        ConfigValueKind.Map => "map",
        _ => "nil",
    };

    /// <summary>As the messages about single values name it.</summary>
    public static string LongName(ConfigValueKind kind) => kind switch
    {
        ConfigValueKind.List => "[]interface {}",
        ConfigValueKind.Map => "map[string]interface {}",
        _ => ShortName(kind),
    };

    private static ConfigValue Read(ref Utf8JsonReader reader)
    {
        ConfigValueKind kind = KindOf(reader.TokenType);
        return kind switch
        {
            ConfigValueKind.Text => new ConfigValue { Kind = kind, Text = TextOf(ref reader) },
            ConfigValueKind.Number => new ConfigValue { Kind = kind, Number = reader.GetDouble() },
            ConfigValueKind.Bool => new ConfigValue { Kind = kind, Flag = reader.GetBoolean() },
            ConfigValueKind.List or ConfigValueKind.Map => new ConfigValue
            {
                Kind = kind,
                Items = ReadItems(ref reader),
            },
            _ => new ConfigValue { Kind = kind },
        };
    }

    private static List<ConfigItem> ReadItems(ref Utf8JsonReader reader)
    {
        List<ConfigItem> items = [];
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject))
        {
            string key = "";
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                key = TextOf(ref reader);
                reader.Read();
            }

            ConfigValueKind kind = KindOf(reader.TokenType);
            items.Add(new ConfigItem(
                key,
                kind,
                kind == ConfigValueKind.Text ? TextOf(ref reader) : "",
                reader.TokenType == JsonTokenType.True));
            reader.Skip();
        }

        return items;
    }

    private static ConfigValueKind KindOf(JsonTokenType type) => type switch
    {
        JsonTokenType.String => ConfigValueKind.Text,
        JsonTokenType.Number => ConfigValueKind.Number,
        JsonTokenType.True or JsonTokenType.False => ConfigValueKind.Bool,
        JsonTokenType.StartArray => ConfigValueKind.List,
        JsonTokenType.StartObject => ConfigValueKind.Map,
        _ => ConfigValueKind.Null,
    };

    // The reader's own GetString throws on bytes that are not UTF-8 and on halves of surrogate pairs; the
    // original takes both as U+FFFD.
    private static string TextOf(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> raw = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
        {
            return Encoding.UTF8.GetString(raw);
        }

        ArrayBufferWriter<byte> text = new(raw.Length);
        while (!raw.IsEmpty)
        {
            int plain = raw.IndexOf((byte)'\\');
            plain = plain < 0 ? raw.Length : plain;
            text.Write(raw[..plain]);
            raw = raw[plain..];
            if (!raw.IsEmpty)
            {
                raw = raw[AppendEscape(text, raw)..];
            }
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private static int AppendEscape(ArrayBufferWriter<byte> text, ReadOnlySpan<byte> raw)
    {
        if (raw[1] != 'u')
        {
            byte value = raw[1] switch
            {
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                _ => raw[1],
            };
            text.Write([value]);
            return 2;
        }

        int taken = 6;
        char high = UnitOf(raw);
        if (!Rune.TryCreate(high, out Rune rune))
        {
            bool paired = raw.Length >= 12 && raw[6] == '\\' && raw[7] == 'u';
            if (paired && Rune.TryCreate(high, UnitOf(raw[6..]), out rune))
            {
                taken = 12;
            }
            else
            {
                rune = Rune.ReplacementChar;
            }
        }

        Span<byte> bytes = stackalloc byte[4];
        text.Write(bytes[..rune.EncodeToUtf8(bytes)]);
        return taken;
    }

    private static char UnitOf(ReadOnlySpan<byte> escape)
    {
        int unit = 0;
        foreach (byte digit in escape[2..6])
        {
            unit = (unit << 4) | Convert.ToInt32(((char)digit).ToString(), 16);
        }

        return (char)unit;
    }
}
