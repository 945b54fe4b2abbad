using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

/// <summary>
/// For a person: a heading for each line of the input, then each message with its fields side by side, folded
/// at the width of a terminal; what a message holds more of is indented below it.
/// </summary>
internal sealed class TextReading : IReadingSink, IReadingPrinter
{
    private const int Width = 100;
    private const int Indent = 4;
    private const int NameWidth = 18;
    private const int BytesShownMax = 32;

    private readonly StringBuilder _text = new();
    private readonly Stack<ListState> _lists = new();

    // Indents of the lines that are open, the innermost last. A message or element may share its parent's.
    private readonly Stack<int> _indents = new();
    private int _lineIndent;
    private int _column;
    private bool _isHead;
    private bool _isRefused;

    public IReadingSink Sink => this;

    public bool WantsRaw => false;

    public bool WantsInside => true;

    private int FieldColumn => _lineIndent + NameWidth + 2;

    public void Clear()
    {
        _text.Clear();
        _lists.Clear();
        _indents.Clear();
        _lineIndent = 0;
        _column = 0;
        _isHead = false;
        _isRefused = false;
    }

    public void Print(LineReading reading, LineOutput output)
    {
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"#{reading.Number}  {reading.Size} bytes");
        string separator = "  ";
        foreach (string layer in reading.Layers)
        {
            head.Append(separator).Append(layer);
            if (layer == "label")
            {
                head.Append(' ').Append(ReadingText.Name(reading.Label));
            }

            separator = " > ";
        }

        head.Append('\n');
        output.Write(head.ToString());
        foreach (ReadOnlyMemory<char> chunk in _text.GetChunks())
        {
            output.Write(chunk.Span);
        }

        output.Write(_column > 0 ? "\n" : "");
        if (reading.Error is not null && !_isRefused)
        {
            output.Write("    error: " + reading.Error + "\n");
        }
    }

    public void BeginMessage(string? key, string? name)
    {
        if (key == "serf" && _isHead)
        {
            // On the line of the user message that carries it.
            Put(" " + name);
            _indents.Push(_indents.Peek());
            return;
        }

        BeginLine(key == "serf" ? "user state" : name ?? "unknown");
    }

    public void EndMessage() => _indents.Pop();

    public void BeginFields()
    {
    }

    public void EndFields()
    {
    }

    public void BeginObject(string? key)
    {
        if (key is not null)
        {
            // The names of its fields tell enough.
            _indents.Push(_indents.Peek());
            return;
        }

        BeginLine(_lists.Peek().Key switch
        {
            "nodes" => "node",
            "Events" when _lists.Count == 1 => "events",
            _ => "event",
        });
    }

    public void EndObject() => _indents.Pop();

    public void BeginList(string key) => _lists.Push(new ListState(key));

    public void EndList()
    {
        ListState list = _lists.Pop();
        if (list.Count == 0)
        {
            Pair(list.Key, "none");
        }
    }

    public void Refuse(string error, ReadOnlySpan<byte> bytes)
    {
        _isRefused = true;
        Pair("error:", error);
        if (!bytes.IsEmpty)
        {
            Pair("bytes", ReadingText.Hex(bytes, BytesShownMax));
        }
    }

    public void Nil(string key) => Pair(key, "none");

    public void Text(string? key, ReadOnlySpan<byte> value)
    {
        // Addresses have no zone but by accident.
        if (key != "Zone" || !value.IsEmpty)
        {
            Value(key, ReadingText.Name(value));
        }
    }

    public void Bytes(string? key, ReadOnlySpan<byte> value) =>
        Value(key, ReadingText.Payload(value, BytesShownMax));

    public void Number(string key, long value) => Pair(key, value.ToString(CultureInfo.InvariantCulture));

    public void Number(string key, ulong value) => Pair(key, value.ToString(CultureInfo.InvariantCulture));

    public void Real(string? key, double value) =>
        Value(key, value.ToString("g6", CultureInfo.InvariantCulture));

    public void Flag(string key, bool value) => Pair(key, value ? "yes" : "no");

    public void Duration(string key, long nanoseconds) => Pair(key, ReadingText.Duration(nanoseconds));

    public void Address(string ipKey, ReadOnlySpan<byte> ip, string portKey, long port) =>
        Pair(ipKey, ReadingText.Address(ip, port));

    public void Versions(string key, ReadOnlySpan<byte> value) => Pair(key, ReadingText.Versions(value));

    public void State(string key, long value) => Pair(key, value switch
    {
        0 => "alive",
        1 => "suspect",
        2 => "dead",
        3 => "left",
        _ => value.ToString(CultureInfo.InvariantCulture),
    });

    public void Tags(string key, Tags? tags)
    {
        if (tags is null || tags.Count == 0)
        {
            Nil(key);
            return;
        }

        StringBuilder text = new();
        foreach ((ByteString name, ByteString value) in tags.Entries)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(ReadingText.Name(name.Span));
            text.Append('=').Append(ReadingText.Name(value.Span));
        }

        Pair(key, text.ToString());
    }

    public void Times(string key, SortedDictionary<ByteString, ulong> times)
    {
        BeginList(key);
        foreach ((ByteString name, ulong time) in times)
        {
            string number = time.ToString(CultureInfo.InvariantCulture);
            Value(null, ReadingText.Name(name.Span) + " " + number);
        }

        EndList();
    }

    // key = null: an element of the list under way, behind the list's name or a comma.
    private void Value(string? key, string value)
    {
        if (key is not null)
        {
            Pair(key, value);
            return;
        }

        ListState list = _lists.Peek();
        list.Count++;
        if (list.Count == 1 || _indents.Peek() != _lineIndent)
        {
            Pair(list.Key, value);
            return;
        }

        Put(",");
        Fold(1, value.Length);
        Put(value);
    }

    private void Pair(string key, string value)
    {
        int indent = _indents.Peek();
        if (indent != _lineIndent)
        {
            // Back from a line further in.
            _lineIndent = indent;
            FoldNow();
        }
        else if (_isHead)
        {
            // The fields of all messages begin in the same column, where the name leaves room.
            Put(new string(' ', Math.Max(FieldColumn - _column, 2)));
        }
        else
        {
            Fold(2, key.Length + 1 + value.Length);
        }

        _isHead = false;
        Put(key + " " + value);
    }

    /// <summary>A line of its own for a message or an element, one step further in.</summary>
    private void BeginLine(string name)
    {
        if (_lists.Count > 0)
        {
            _lists.Peek().Count++;
        }

        _lineIndent = Indent + (_indents.Count > 0 ? _indents.Peek() : 0);
        _indents.Push(_lineIndent);
        _text.Append(_column > 0 ? "\n" : "");
        _column = 0;
        Put(new string(' ', _lineIndent));
        Put(name);
        _isHead = true;
    }

    private void Fold(int gap, int size)
    {
        // Room for a comma is left.
        if (_column + gap + size < Width || _column <= FieldColumn)
        {
            Put(new string(' ', gap));
        }
        else
        {
            FoldNow();
        }
    }

    private void FoldNow()
    {
        _text.Append('\n');
        _column = 0;
        Put(new string(' ', FieldColumn));
    }

    private void Put(string text)
    {
        _text.Append(text);
        _column += text.Length;
    }

    private sealed class ListState(string key)
    {
        public string Key { get; } = key;

        public int Count { get; set; }
    }
}
