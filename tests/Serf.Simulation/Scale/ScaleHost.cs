using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Simulation.Scale;

/// <summary>
/// One of many nodes: the gossip layer, and in the place of the layer above no more than a queue of user
/// messages. It wakes at its deadline.
/// </summary>
internal sealed class ScaleHost : DeadlineEntry, ISwimEffects, ISwimObserver, ILog
{
    // What Serf's layer announces for a node without tags.
    private static readonly byte[] _meta = [0xFF, 0x80];

    // The one line that every suspicion begins with.
    private const string SuspectStart = "memberlist: Suspect n";

    private readonly ScaleWorld _world;
    private readonly BroadcastQueue _messages;
    private readonly Dictionary<long, ScaleStream> _streams = [];

    public ScaleHost(ScaleWorld world, int number, SwimOptions options, PacketReader reader, PacketWriter writer,
        ulong seed)
    {
        _world = world;
        Number = number;
        Node = new SwimNode(
            options with { Name = NameOf(number), AdvertiseAddress = AddressOf(number) },
            this,
            this,
            seed,
            reader,
            writer);
        _messages = new BroadcastQueue(
            options.RetransmitMultiplier, Limits.BroadcastCountMax, null, options.BroadcastSizeMax - 1);
    }

    public int Number { get; }

    public SwimNode Node { get; }

    /// <summary>The machine is gone: it sends nothing and answers nothing.</summary>
    public bool IsDown { get; set; }

    /// <summary>The message of this run has come here.</summary>
    public bool IsInformed { get; private set; }

    /// <summary>Nothing waits to be told, and no exchange is under way.</summary>
    public bool IsQuiet => Node.Broadcasts.Count == 0 && _messages.Count == 0 && _streams.Count == 0;

    ILog ISwimEffects.Log => this;

    ReadOnlySpan<byte> ISwimObserver.LocalMeta => _meta;

    public static ByteString NameOf(int number) =>
        ByteString.FromText("n" + number.ToString("D5", CultureInfo.InvariantCulture));

    public static NodeAddress AddressOf(int number) => NodeAddress.FromIPv4(0x0A000000 + (uint)number, 7946);

    public static Member MemberOf(int number, SwimOptions options, bool isShared) => new(NameOf(number))
    {
        Address = AddressOf(number),
        Meta = _meta,
        Versions = options.Versions,
        Incarnation = 1,
        State = MemberState.Alive,
        StateChange = ScaleWorld.Origin,
        IsShared = isShared,
    };

    public static int NumberOf(in NodeAddress address)
    {
        Span<byte> ip = stackalloc byte[16];
        address.WriteIp(ip);
        return (ip[1] << 16) | (ip[2] << 8) | ip[3];
    }

    public void Inform(ReadOnlySpan<byte> message)
    {
        if (!IsInformed)
        {
            IsInformed = true;
            _messages.Add(message);
            _world.Measure.Informed(_world.Now);
        }
    }

    public void Accept(ScaleStream stream, int source)
    {
        StreamId id = Node.StreamAccepted(AddressOf(source), _world.Now);
        if (id != StreamId.None)
        {
            stream.AcceptorId = id;
            _streams.Add(id.Value, stream);
            _world.SendStream(ScaleEventKind.Connected, stream, Number, default);
        }
    }

    bool ISwimEffects.SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        _world.SendPacket(Number, NumberOf(target), packet);
        return true;
    }

    void ISwimEffects.OpenStream(StreamId stream, in NodeAddress target)
    {
        ScaleStream dialled = new(Number, stream, NumberOf(target));
        _streams.Add(stream.Value, dialled);
        _world.Dial(Number, dialled);
    }

    void ISwimEffects.SendStream(StreamId stream, ByteBuffer bytes) =>
        _world.SendStream(ScaleEventKind.StreamBytes, _streams[stream.Value], Number, bytes.Written);

    void ISwimEffects.CloseStream(StreamId stream)
    {
        if (_streams.Remove(stream.Value, out ScaleStream? closed) && closed.AcceptorId != StreamId.None)
        {
            _world.SendStream(ScaleEventKind.StreamEnd, closed, Number, default);
        }
    }

    void ISwimObserver.MemberJoined(Member member, Instant now) => _world.Measure.Joined(now);

    void ISwimObserver.MemberLeft(Member member, Instant now) =>
        _world.Measure.Left(NumberOf(member.Address), now);

    void ISwimObserver.MemberUpdated(Member member, Instant now)
    {
    }

    void ISwimObserver.MemberConflict(Member existing, in NodeAddress claimed, Instant now) =>
        throw new SimFailureException($"{existing.Name} is said to be at {claimed}");

    void ISwimObserver.UserMessage(ReadOnlySpan<byte> message, Instant now) => Inform(message);

    void ISwimObserver.UserMessagesEnded(Instant now)
    {
    }

    void ISwimObserver.CollectBroadcasts(int overhead, int limit, IBroadcastSink sink) =>
        _messages.Take(overhead, limit, Node.Members.Count, Limits.CompoundPartCountMax, sink);

    void ISwimObserver.WriteLocalState(bool join, ByteBuffer destination)
    {
    }

    void ISwimObserver.MergeRemoteState(ReadOnlySpan<byte> state, bool join, StreamId exchange, Instant now)
    {
    }

    int ISwimObserver.WriteAckPayload(Span<byte> destination) => 0;

    void ISwimObserver.PingCompleted(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload, Instant now)
    {
    }

    void ISwimObserver.PushPullCompleted(StreamId exchange, string? error, Instant now)
    {
        if (error is not null)
        {
            _world.JoinFailed(this);
        }
    }

    void ISwimObserver.AnnouncementFinished(Instant now)
    {
    }

    void ILog.Write(LogLevel level, string text)
    {
        if (text.StartsWith(SuspectStart, StringComparison.Ordinal))
        {
            ReadOnlySpan<char> digits = text.AsSpan(SuspectStart.Length, 5);
            _world.Measure.Suspected(int.Parse(digits, CultureInfo.InvariantCulture), _world.Now);
        }
    }
}
