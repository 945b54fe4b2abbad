using System;
using System.Collections.Generic;

namespace Serf.Fuzz.Engine;

/// <summary>Something that takes bytes from outside, and what must hold whatever they are.</summary>
internal abstract class FuzzTarget
{
    /// <summary>The longest input that is tried.</summary>
    public virtual int InputSizeMax => 2048;

    /// <summary>Bytes a run may allocate, whatever the input.</summary>
    public virtual long AllocationBase => 256 * 1024;

    /// <summary>Bytes a run may allocate for each byte of input, on top.</summary>
    public virtual long AllocationPerByte => 1024;

    /// <summary>Mutated inputs in a smoke run, beside the seeds.</summary>
    public virtual int SmokeCount => 2000;

    /// <summary>Well-formed inputs to begin from.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Throws when something does not hold.</summary>
    public abstract void Run(ReadOnlySpan<byte> input);
}

/// <summary>A property of a target did not hold.</summary>
internal sealed class FuzzException(string text) : Exception(text)
{
    public static void Check(bool condition, string text)
    {
        if (!condition)
        {
            throw new FuzzException(text);
        }
    }
}
