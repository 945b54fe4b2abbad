using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>The nodes that a snapshot holds: the alive ones, and the last that failed.</summary>
internal sealed class SnapshotPeers
{
    private readonly Dictionary<ByteString, SnapshotPeer> _byName = new(ByteString.Comparer);
    private readonly Dictionary<ByteString, SnapshotPeer>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly List<SnapshotPeer> _alive = [];
    private readonly List<SnapshotPeer> _failed = [];
    private int _failedCountMax = Limits.SnapshotFailedCountMax;
    private long _size;

    public SnapshotPeers() => _lookup = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();

    public IReadOnlyList<SnapshotPeer> Alive => _alive;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SnapshotPeer> Failed => _failed;

    public int Count => _byName.Count;

    /// <summary>How many failed ones are remembered; the oldest gives way.</summary>
    public int FailedCountMax
    {
        get => _failedCountMax;
        set
        {
            _failedCountMax = value;
            Shorten(value);
        }
    }

    /// <summary>Whether it is known already, alive and at this address.</summary>
    public bool IsAlive(ReadOnlySpan<byte> name, ReadOnlySpan<byte> address) =>
        _lookup.TryGetValue(name, out SnapshotPeer? peer) && !peer.HasFailed
            && peer.Address.Equals(address);

    /// <returns>False when there is no room for one more.</returns>
    public bool SetAlive(ByteString name, ByteString address)
    {
        if (_byName.TryGetValue(name, out SnapshotPeer? peer))
        {
            if (!peer.HasFailed)
            {
                _size += address.Length - peer.Address.Length;
                peer.Address = address;
                return true;
            }

            Remove(name);
        }

        peer = new SnapshotPeer(name, address) { Index = _alive.Count };
        if (!Add(peer))
        {
            return false;
        }

        _alive.Add(peer);
        return true;
    }

    /// <summary>Not alive any more, but to be looked for.</summary>
    public void SetFailed(ByteString name, ByteString address)
    {
        Remove(name);
        if (_failedCountMax == 0)
        {
            return;
        }

        Shorten(_failedCountMax - 1);
        SnapshotPeer peer = new(name, address) { HasFailed = true };
        if (Add(peer))
        {
            _failed.Add(peer);
        }
    }

    /// <returns>What was known of it, or null.</returns>
    public SnapshotPeer? Remove(ByteString name) => Remove(name.Span);

    /// <returns>What was known of it, or null.</returns>
    public SnapshotPeer? Remove(ReadOnlySpan<byte> name)
    {
        if (!_lookup.Remove(name, out _, out SnapshotPeer? peer))
        {
            return null;
        }

        _size -= peer.Size;
        if (peer.HasFailed)
        {
            _failed.Remove(peer);
            return peer;
        }

        SnapshotPeer last = _alive[^1];
        last.Index = peer.Index;
        _alive[peer.Index] = last;
        _alive.RemoveAt(_alive.Count - 1);
        return peer;
    }

    public void Clear()
    {
        _byName.Clear();
        _alive.Clear();
        _failed.Clear();
        _size = 0;
    }

    private bool Add(SnapshotPeer peer)
    {
        if (_byName.Count >= Limits.MemberCountMax || _size + peer.Size > Limits.SnapshotPeersSizeMax)
        {
            return false;
        }

        _byName.Add(peer.Name, peer);
        _size += peer.Size;
        return true;
    }

    private void Shorten(int count)
    {
        while (_failed.Count > count)
        {
            Remove(_failed[0].Name);
        }
    }
}
