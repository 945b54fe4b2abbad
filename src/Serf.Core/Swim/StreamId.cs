namespace Serf.Swim;

/// <summary>One gossip stream of one node, dialled or accepted. Numbers are given by
/// the node and never reused.</summary>
public readonly record struct StreamId(long Value)
{
    /// <summary>No stream: an accepted connection that is to be closed at once.</summary>
    public static readonly StreamId None;
}
