using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// The members that were reaped after they had failed, the longest lost first. Bounded; the oldest gives way.
/// </summary>
internal sealed class LostPeers
{
    private readonly List<LostPeer> _peers = [];

    public List<LostPeer> All => _peers;

    public int Count => _peers.Count;

    public bool IsFull => _peers.Count >= Limits.LostPeerCountMax;

    /// <summary>Counts up with every change, for whoever keeps a copy.</summary>
    public long Version { get; private set; }

    public LostPeer? Find(ReadOnlySpan<byte> name)
    {
        foreach (LostPeer peer in _peers)
        {
            if (peer.Name.Equals(name))
            {
                return peer;
            }
        }

        return null;
    }

    /// <summary>Adds a peer, in place of an older record of the same name.</summary>
    public void Add(LostPeer peer)
    {
        if (Find(peer.Name.Span) is { } older)
        {
            _peers.Remove(older);
        }
        else if (IsFull)
        {
            _peers.RemoveAt(0);
        }

        _peers.Add(peer);
        Version++;
    }

    public void Forget(LostPeer? peer)
    {
        if (peer is not null && _peers.Remove(peer))
        {
            Version++;
        }
    }
}
