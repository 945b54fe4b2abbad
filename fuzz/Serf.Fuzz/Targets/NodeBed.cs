using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// One node of a small cluster and a world that remembers a hash of all it was asked to do. Five bits tell its
/// layers, see <see cref="NodePeer"/>: keys, seals of version 0, a label, no compression, clear packets are
/// accepted beside sealed ones.
/// </summary>
internal sealed class NodeBed : ISwimEffects, ISerfEffects, IEntropy, IQuerySink, ILog
{
    /// <summary>Sets of layers that differ.</summary>
    public const int LayersCount = 32;

    private const int PeerCount = 3;
    private const int LongPayloadSize = 4000;

    /// <summary>Advances while time passes: probes, gossip and timers of some seconds.</summary>
    private const int AdvanceCountMax = 2000;

    // Their tables are large.
    private static readonly NodePeer?[] _peers = new NodePeer?[LayersCount];

    private readonly SerfNode _node;
    private readonly Encryption? _encryption;
    private readonly NodePeer _peer;
    private readonly Queue<StreamId> _dialled = [];
    private ulong _hash = 14695981039346656037;
    private Instant _now = new(1_000_000_000);
    private bool _wantsSeeds;
    private bool _hasLostName;
    private long _lastCall;

    public NodeBed(byte layers)
    {
        layers %= LayersCount;
        _peer = _peers[layers] ??= new NodePeer(layers);
        _peer.LastPing = 0;
        _encryption = _peer.HasKeys ? new(FuzzKeys.Ring(0, 1), new FuzzKeys(1), _peer.Version)
        {
            VerifyIncoming = _peer.VerifiesIncoming,
        } : null;
        SwimOptions swim = SwimOptions.Lan with
        {
            Name = ByteString.FromText("self"),
            AdvertiseAddress = NodeAddress.FromIPv4(0x0A000001, 7946),
            Label = new ByteString(_peer.Label),
            Compression = _peer.Compresses,
            Encryption = _encryption,
            Versions = new NodeVersions(1, 5, (byte)(1 + _peer.Version), 2, 5, 5),
        };
        SerfOptions options = new()
        {
            CoalescePeriod = TimeSpan.Zero,
            UserCoalescePeriod = TimeSpan.Zero,
            UserEventSizeMax = Limits.UserEventSizeMax,
            HasSeeds = true,
            ReapInterval = TimeSpan.FromSeconds(2),
            ReconnectInterval = TimeSpan.FromSeconds(3),
            ReconnectTimeout = TimeSpan.FromSeconds(8),
            TombstoneTimeout = TimeSpan.FromSeconds(8),
        };
        _node = new SerfNode(options, swim, this, this, 1);
        _node.Start(_now);
        for (int peer = 0; peer < PeerCount; peer++)
        {
            Introduce(peer);
        }
    }

    public ILog Log => this;

    public IEntropy Entropy => this;

    public void Packet(ReadOnlySpan<byte> packet) =>
        _node.Swim.Receive(NodeAddress.FromIPv4(0x0A000002, 7946), packet, _now);

    /// <summary>What a peer with the node's layers makes of these bytes.</summary>
    public void LayeredPacket(ReadOnlySpan<byte> command)
    {
        if (!command.IsEmpty)
        {
            Packet(_peer.Pack(command));
        }
    }

    public void LayeredStream(ReadOnlySpan<byte> message, int pieceSize)
    {
        using ByteBuffer output = new();
        _peer.PackStream(message, dials: true, output);
        Stream(output.Written, pieceSize);
    }

    /// <summary>Each byte adds, uses or removes one of the keys.</summary>
    public void ChangeKeys(ReadOnlySpan<byte> changes)
    {
        foreach (byte change in changes)
        {
            byte[] key = FuzzKeys.All[(change >> 2) % FuzzKeys.All.Length];
            Note((change & 3) switch
            {
                0 => (uint?)_encryption?.Keyring.Use(key),
                1 => (uint?)_encryption?.Keyring.Remove(key),
                _ => (uint?)_encryption?.Keyring.Add(key),
            } ?? 9, default);
        }
    }

    public void Stream(ReadOnlySpan<byte> bytes, int pieceSize)
    {
        StreamId stream = _node.Swim.StreamAccepted(NodeAddress.FromIPv4(0x0A000003, 4000), _now);
        Feed(stream, bytes, pieceSize);
    }

    /// <summary>The stream dialled first of those that are left is answered with these bytes.</summary>
    public void Answer(ReadOnlySpan<byte> bytes)
    {
        if (_dialled.TryDequeue(out StreamId stream))
        {
            _node.Swim.StreamConnected(stream, _now);
            using ByteBuffer output = new();
            _peer.PackStream(bytes, dials: false, output);
            Feed(stream, output.Written, 100);
        }
    }

    /// <summary>The ping sent last is answered, with this payload.</summary>
    public void Acknowledge(ReadOnlySpan<byte> payload)
    {
        Ack ack = new() { SequenceNumber = _peer.LastPing, Payload = payload };
        byte[] message = new byte[SwimCodec.SizeOf(ack)];
        SwimCodec.Write(ack, message);
        LayeredPacket(message);
    }

    /// <summary>The node exchanges states with a peer; an <see cref="Answer"/> is that peer's part.</summary>
    public void Join(bool join) => _node.Swim.PushPull(NodeAddress.FromIPv4(0x0A000002, 7946), join, _now);

    /// <summary>The stream dialled first of those that are left cannot be dialled.</summary>
    public void FailDial()
    {
        if (_dialled.TryDequeue(out StreamId stream))
        {
            _node.Swim.StreamFailed(stream, "dial tcp: connect: connection refused", _now);
        }
    }

    public string? SaveKeyring(Keyring keyring) => null;

    public void NameLost()
    {
        FuzzException.Check(!_hasLostName, "the name is lost twice");
        _hasLostName = true;
        Note(8, default);
    }

    public void SeedsWanted() => _wantsSeeds = true;

    /// <summary>A join of the node's own, which sends what it held back.</summary>
    public void BeginJoin(bool ignoreOld) => _node.BeginJoin(
        new CallId(++_lastCall),
        [new JoinTarget("10.0.0.2:7946", NodeAddress.FromIPv4(0x0A000002, 7946), null)],
        ignoreOld,
        _now);

    /// <summary>An event that no packet can carry.</summary>
    public void SendLongEvent(ReadOnlySpan<byte> name)
    {
        string? error = _node.SendUserEvent(name, new byte[LongPayloadSize], false, _now);
        Note(error is null ? 1u : 2u, default);
    }

    /// <summary>An earlier life knew this peer: it is looked for, and lost until it is found.</summary>
    public void RestoreLost(ReadOnlySpan<byte> name) => _node.BeginRejoin(
        [new KnownPeer(ByteString.Copy(name), NodeAddress.FromIPv4(0x0A000063, 7946))], _now);

    public void Fill(Span<byte> destination) => destination.Fill(7);

    /// <summary>A query of the node's own, by that name and to the tags that match it.</summary>
    public void Ask(ReadOnlySpan<byte> text)
    {
        QueryParameters query = new()
        {
            Name = ByteString.Copy(text),
            RequestAck = true,
            RelayFactor = 1,
            FilterTags = Tags.From([new(ByteString.Empty, ByteString.Copy(text[..Math.Min(text.Length, 1)]))]),
        };
        Note(_node.BeginQuery(query, this, _now) is null ? 1u : 2u, default);
    }

    public void Acked(ByteString name) => Note(4, name.Span);

    public void Answered(ByteString name, byte[]? payload) => Note(5, payload);

    public void Ended() => Note(6, default);

    public void SendEvent(ReadOnlySpan<byte> name)
    {
        string? error = _node.SendUserEvent(name, null, true, _now);
        Note(error is null ? 1u : 2u, default);
    }

    public void Wait(TimeSpan time)
    {
        Instant end = _now + time;
        int count = 0;
        while (_node.NextDeadline <= end)
        {
            _now = _node.NextDeadline > _now ? _node.NextDeadline : _now;
            _node.Advance(_now);
            if (_wantsSeeds)
            {
                // A seed that nobody knows, and one that is a member.
                _wantsSeeds = false;
                _node.TrySeeds(
                    [
                        new JoinTarget("10.0.0.77:7946", NodeAddress.FromIPv4(0x0A00004D, 7946), null),
                        new JoinTarget("10.0.0.2:7946", NodeAddress.FromIPv4(0x0A000002, 7946), null),
                    ],
                    _now);
            }

            FuzzException.Check(_node.NextDeadline > _now, "work is left after an advance");
            FuzzException.Check(++count < AdvanceCountMax, "time stands still");
        }

        _now = end;
    }

    public void Check()
    {
        FuzzException.Check(_node.LostPeers().Count <= Limits.MemberCountMax, "too many lost peers");
        if (_hasLostName)
        {
            FuzzException.Check(_node.State == LifecycleState.Shutdown, "a node without a name goes on");
            return;
        }

        SwimNode swim = _node.Swim;
        FuzzException.Check(swim.Members.Count <= Limits.MemberCountMax, "too many members");
        FuzzException.Check(swim.AliveCount <= swim.Members.Count, "more are alive than there are");
        FuzzException.Check(swim.AliveCount > 0, "nobody is alive");
        FuzzException.Check(swim.Self.State == MemberState.Alive, "the node is not alive to itself");
        FuzzException.Check(swim.Broadcasts.Count <= Limits.BroadcastCountMax, "too many broadcasts");
        FuzzException.Check(_node.NextDeadline < Instant.Never, "nothing will ever happen again");
        foreach (Member member in swim.Members)
        {
            FuzzException.Check(member.Name.Length is > 0 and <= Limits.NameSizeMax, "a name of such a length");
            FuzzException.Check(member.Meta.Length <= Limits.MetaSizeMax, "metadata of such a length");
            FuzzException.Check(ReferenceEquals(swim.Find(member.Name.Span), member), "a member that is not found");
        }

        FuzzException.Check(_node.State == LifecycleState.Alive, "the node is no longer part of the cluster");
    }

    public ulong Finish()
    {
        Wait(TimeSpan.FromSeconds(2));
        foreach ((string key, string value) in _node.Stats())
        {
            Note(3, ByteText.ToBytes(key + "=" + value));
        }

        foreach (MemberInfo member in _node.Members())
        {
            Note((uint)member.Status, member.Name.Span);
        }

        _node.Shutdown();
        return _hash;
    }

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        FuzzException.Check(packet.Length is > 0 and <= Limits.PacketBudget, "a packet of such a size is sent");
        _peer.Receive(packet);
        Note(target.Port, packet);
        return true;
    }

    public void OpenStream(StreamId stream, in NodeAddress target)
    {
        _dialled.Enqueue(stream);
        Note(target.Port, default);
    }

    public void SendStream(StreamId stream, ByteBuffer bytes) => Note((uint)stream.Value, bytes.Written);

    public void CloseStream(StreamId stream) => Note((uint)stream.Value, default);

    public void Deliver(SerfEvent happened) => Note((uint)happened.Kind, ByteText.ToBytes(happened.ToString()!));

    public void CallCompleted(CallId call, string? error, int count) => Note((uint)count, default);

    public void Write(LogLevel level, string text) => Note((uint)level, ByteText.ToBytes(text));

    private void Feed(StreamId stream, ReadOnlySpan<byte> bytes, int pieceSize)
    {
        for (int start = 0; start < bytes.Length; start += pieceSize)
        {
            _node.Swim.StreamReceived(stream, bytes.Slice(start, Math.Min(pieceSize, bytes.Length - start)), _now);
        }

        _node.Swim.StreamEnded(stream, _now);
    }

    private void Introduce(int peer)
    {
        Alive alive = new()
        {
            Incarnation = 1,
            Node = "abc"u8.Slice(peer, 1),
            Address = [10, 0, 0, (byte)(2 + peer)],
            Port = 7946,
            Meta = [0xFF, 0x80],
            Versions = [1, 5, 2, 2, 5, 5],
        };
        byte[] packet = new byte[SwimCodec.SizeOf(alive)];
        SwimCodec.Write(alive, packet);
        LayeredPacket(packet);
    }

    // FNV-1a: the order counts, and a difference in any byte.
    private void Note(uint number, ReadOnlySpan<byte> bytes)
    {
        _hash = (_hash ^ number) * 1099511628211;
        foreach (byte value in bytes)
        {
            _hash = (_hash ^ value) * 1099511628211;
        }
    }
}
