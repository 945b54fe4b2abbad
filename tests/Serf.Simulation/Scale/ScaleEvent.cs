using System;
using Serf.Swim;

namespace Serf.Simulation.Scale;

/// <summary>What arrives somewhere.</summary>
internal enum ScaleEventKind : byte
{
    Packet,
    Dial,
    Connected,
    StreamBytes,
    StreamEnd,
    Start,
}

/// <summary>One thing under way, by value: a run makes hundreds of millions of them.</summary>
internal readonly record struct ScaleEvent(
    ScaleEventKind Kind, int Target, int Source, StreamId Stream, byte[] Bytes, int Size, ScaleStream? Dialled);

/// <summary>When it arrives; those of one instant in the order they were sent.</summary>
internal readonly record struct ScaleDue(long At, long Sequence) : IComparable<ScaleDue>
{
    public int CompareTo(ScaleDue other) =>
        At != other.At ? At.CompareTo(other.At) : Sequence.CompareTo(other.Sequence);
}
