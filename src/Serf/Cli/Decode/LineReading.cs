using System;
using System.Collections.Generic;

namespace Serf.Cli.Decode;

/// <summary>What was found around the messages of one line.</summary>
internal sealed class LineReading
{
    /// <summary>Counted from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Bytes of the packet or stream.</summary>
    public int Size { get; private set; }

    /// <summary>What was peeled off, outermost first.</summary>
    public List<string> Layers { get; } = [];

    /// <summary>Null when there was none.</summary>
    public byte[]? Label { get; private set; }

    /// <summary>The first thing that went wrong, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Messages that were read.</summary>
    public int ReadCount { get; set; }

    public void Begin(int size)
    {
        Number++;
        Size = size;
        Layers.Clear();
        Label = null;
        Error = null;
        ReadCount = 0;
    }

    public void AddLabel(ReadOnlySpan<byte> label)
    {
        Layers.Add("label");
        Label = label.ToArray();
    }

    public void Fail(string error) => Error ??= error;
}
