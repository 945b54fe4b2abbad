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

    // Every leave of a name that is no member's asks for it, and one packet may bring thousands.
    private readonly Dictionary<ByteString, LostPeer> _byName = new(ByteString.Comparer);
    private readonly Dictionary<ByteString, LostPeer>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public LostPeers() => _lookup = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();

    public List<LostPeer> All => _peers;

    public int Count => _peers.Count;

    public bool IsFull => _peers.Count >= Limits.LostPeerCountMax;

    public LostPeer? Find(ReadOnlySpan<byte> name) =>
        _lookup.TryGetValue(name, out LostPeer? peer) ? peer : null;

    /// <summary>Adds a peer, in place of an older record of the same name.</summary>
    public void Add(LostPeer peer)
    {
        Forget(Find(peer.Name.Span) ?? (IsFull ? _peers[0] : null));
        _peers.Add(peer);
        _byName.Add(peer.Name, peer);
    }

    /// <summary>Whatever there is under its name.</summary>
    public void Forget(LostPeer? peer)
    {
        if (peer is not null && _byName.Remove(peer.Name, out LostPeer? held))
        {
            _peers.Remove(held);
        }
    }
}
