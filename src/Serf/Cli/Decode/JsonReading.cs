using System;
using System.Collections.Generic;
using System.Text.Unicode;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

/// <summary>
/// One JSON object a line: <c>layers</c>, <c>messages</c> and, where something went wrong, <c>error</c>.
/// Bytes are hexadecimal; text that is not UTF-8 is an object with the one key <c>utf8Invalid</c>.
/// </summary>
/// <param name="inside">Whether what fields hold is told too.</param>
internal sealed class JsonReading(bool inside) : IReadingSink, IReadingPrinter, IDisposable
{
    private readonly JsonBytes _json = new();
    private readonly JsonBytes _head = new();

    public IReadingSink Sink => this;

    public bool WantsRaw => true;

    public bool WantsInside => inside;

    public void Clear()
    {
        _json.Clear();
        _json.BeginArray();
    }

    // line = { layers, [label], [error], [messages] }
    public void Print(LineReading reading, LineOutput output)
    {
        _head.Clear();
        _head.BeginObject();
        _head.Key("layers"u8);
        _head.BeginArray();
        foreach (string layer in reading.Layers)
        {
            _head.Text(layer);
        }

        _head.EndArray();
        if (reading.Label is not null)
        {
            _head.Key("label"u8);
            WriteText(_head, reading.Label);
        }

        if (reading.Error is not null)
        {
            _head.Key("error"u8);
            _head.Text(reading.Error);
        }

        output.Write(_head.Written);
        if (reading.ReadCount > 0 || reading.Error is null)
        {
            _json.EndArray();
            output.Write(",\"messages\":"u8);
            output.Write(_json.Written);
        }

        output.Write("}\n"u8);
    }

    public void BeginMessage(string? key, string? name)
    {
        BeginObject(key);
        if (name is not null)
        {
            _json.Key("message"u8);
            _json.Text(name);
        }
    }

    public void EndMessage() => _json.EndObject();

    public void BeginFields() => BeginObject("fields");

    public void EndFields() => _json.EndObject();

    public void BeginObject(string? key)
    {
        WriteKey(key);
        _json.BeginObject();
    }

    public void EndObject() => _json.EndObject();

    public void BeginList(string key)
    {
        _json.Key(key);
        _json.BeginArray();
    }

    public void EndList() => _json.EndArray();

    public void Refuse(string error, ReadOnlySpan<byte> bytes)
    {
        _json.Key("error"u8);
        _json.Text(error);
        if (!bytes.IsNil())
        {
            Bytes("hex", bytes);
        }
    }

    public void Nil(string key)
    {
        _json.Key(key);
        _json.Literal("null"u8);
    }

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
            _json.Literal("null"u8);
        }
        else
        {
            _json.Hex(value);
        }
    }

    public void Number(string key, long value)
    {
        _json.Key(key);
        _json.Number(value);
    }

    public void Number(string key, ulong value)
    {
        _json.Key(key);
        _json.Number(value);
    }

    public void Real(string? key, double value)
    {
        WriteKey(key);
        if (double.IsNaN(value))
        {
            _json.Text("NaN"u8);
        }
        else if (double.IsInfinity(value))
        {
            _json.Text(value > 0 ? "+Inf"u8 : "-Inf"u8);
        }
        else if (value == 0 && double.IsNegative(value))
        {
            _json.Literal("-0.0"u8);
        }
        else
        {
            _json.Number(value);
        }
    }

    public void Flag(string key, bool value)
    {
        _json.Key(key);
        _json.Literal(value ? "true"u8 : "false"u8);
    }

    public void Duration(string key, long nanoseconds) => Number(key, nanoseconds);

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
            _json.Number(time);
            EndEntry(isPlain);
        }

        EndMap(isPlain);
    }

    public void Dispose()
    {
        _json.Dispose();
        _head.Dispose();
    }

    private void WriteKey(string? key)
    {
        if (key is not null)
        {
            _json.Key(key);
        }
    }

    // A key that is not UTF-8 cannot be one in JSON: the map becomes a list of pairs.
    private void BeginMap(string key, bool isPlain)
    {
        _json.Key(key);
        if (isPlain)
        {
            _json.BeginObject();
        }
        else
        {
            _json.BeginArray();
        }
    }

    private void EndMap(bool isPlain)
    {
        if (isPlain)
        {
            _json.EndObject();
        }
        else
        {
            _json.EndArray();
        }
    }

    private void BeginEntry(ByteString name, bool isPlain)
    {
        if (isPlain)
        {
            _json.Key(name.Span);
            return;
        }

        _json.BeginArray();
        WriteText(_json, name.Span);
    }

    private void EndEntry(bool isPlain)
    {
        if (!isPlain)
        {
            _json.EndArray();
        }
    }

    private static void WriteText(JsonBytes json, ReadOnlySpan<byte> value)
    {
        if (Utf8.IsValid(value))
        {
            json.Text(value);
            return;
        }

        json.BeginObject();
        json.Key("utf8Invalid"u8);
        json.Hex(value);
        json.EndObject();
    }
}
