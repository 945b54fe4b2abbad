using System.Collections.Generic;
using Serf.Coordinates;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>What a snapshot holds, as <see cref="SnapshotReader"/> has read it.</summary>
public sealed class SnapshotState
{
    /// <summary>Last time of the member clock; 0 for none, as with the next two.</summary>
    public ulong MemberTime { get; internal set; }

    public ulong EventTime { get; internal set; }

    public ulong QueryTime { get; internal set; }

    /// <summary>The node's own, the last that could be read; of any size. Null for none.</summary>
    public Coordinate? Coordinate { get; internal set; }

    /// <summary>Bytes that were read.</summary>
    public long Size { get; internal set; }

    /// <summary>Lines that could not be used.</summary>
    public long WarningCount { get; internal set; }

    /// <summary>The last line has no end: what is appended would be glued to it.</summary>
    public bool HasTornTail { get; internal set; }

    /// <summary>
    /// The torn line would be taken for a whole one, and perhaps a wrong one, once it had an end.
    /// </summary>
    public bool MustRewrite { get; internal set; }

    internal SnapshotPeers Peers { get; } = new();

    /// <summary>Whom to join again: first those that were alive, then the last that had failed.</summary>
    public IReadOnlyList<KnownPeer> KnownPeers()
    {
        List<KnownPeer> known = [];
        Collect(Peers.Alive, known);
        Collect(Peers.Failed, known);
        return known;
    }

    private static void Collect(IReadOnlyList<SnapshotPeer> peers, List<KnownPeer> known)
    {
        foreach (SnapshotPeer peer in peers)
        {
            if (peer.TryGetAddress(out NodeAddress address))
            {
                known.Add(new KnownPeer(peer.Name, address));
            }
        }
    }
}
