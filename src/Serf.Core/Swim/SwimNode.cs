using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

/// <summary>
/// The gossip layer of one node: membership, failure detection, dissemination, state exchange. Owned
/// by one thread; bytes and instants go in, <see cref="ISwimEffects"/> and
/// <see cref="ISwimObserver"/> calls come out.
/// </summary>
public sealed partial class SwimNode : IPacketSink, IBroadcastObserver
{
    // Bytes of a packet that the budget must leave free (spec gossip 6.5): the checksum, the compound's
    // head, and the length of a first part of our own.
    private const int ChecksumSize = 5;
    private const int CompoundHeadSize = 2;
    private const int PartHeadSize = 2;

    // A user message in a packet: the length of its part and its type byte.
    private const int UserPartOverhead = 3;

    private const byte ProtocolStreamPing = 3;
    private const byte ProtocolNack = 4;
    private const byte ProtocolChecksum = 5;

    private readonly ISwimEffects _effects;
    private readonly ISwimObserver _observer;
    private readonly ILog _log;
    private readonly IMetrics _metrics;
    private readonly RefusalLog _refusals;
    private readonly MemberTable _members = new();
    private readonly BroadcastQueue _queue;
    private readonly PacketReader _packetReader;
    private readonly PacketWriter _packetWriter;
    private readonly GossipStreamWriter _streamWriter;
    private readonly PacketFill _fill;
    private readonly ByteBuffer _scratch = new();
    private readonly List<Member> _picked = [];
    private Prng _prng;
    private Member? _self;
    private bool _stopped;

    // The instant of the call being handled, and where its packet came from.
    private Instant _now;
    private NodeAddress _packetSource;
    private bool _broughtUserMessages;
    private int _replyCount;

    public SwimNode(SwimOptions options, ISwimEffects effects, ISwimObserver observer, ulong seed)
        : this(
            options,
            effects,
            observer,
            seed,
            new PacketReader(options.Label.Span, options.Encryption)
            {
                SkipLabelCheck = options.SkipInboundLabelCheck,
                LabelTransition = options.LabelTransition,
            },
            new PacketWriter(options.Label.Span, options.Compression, options.Encryption))
    {
    }

    /// <param name="options">As for the other.</param>
    /// <param name="effects">As for the other.</param>
    /// <param name="observer">As for the other.</param>
    /// <param name="seed">As for the other.</param>
    /// <param name="reader">Made for these options. Ten thousand nodes of one thread may share one, and its
    /// tables: nothing is kept in it from one call to the next.</param>
    /// <param name="writer">The same.</param>
    internal SwimNode(
        SwimOptions options, ISwimEffects effects, ISwimObserver observer, ulong seed, PacketReader reader,
        PacketWriter writer)
    {
        Options = options;
        _effects = effects;
        _observer = observer;
        _log = effects.Log;
        _metrics = effects.Metrics;
        _refusals = new RefusalLog(effects.Log, "memberlist");
        _prng = new Prng(seed);
        _queue = new BroadcastQueue(
            options.RetransmitMultiplier, Limits.BroadcastCountMax, this, options.BroadcastSizeMax);
        _packetReader = reader;
        _packetWriter = writer;
        _streamWriter = new GossipStreamWriter(options.Label.Span, options.Compression, options.Encryption);
        _fill = new PacketFill(_packetWriter, effects, _metrics);
        _awareness = new Awareness(options.AwarenessMaxMultiplier);
    }

    public SwimOptions Options { get; }

    /// <summary>The node itself. Null before <see cref="Start"/>.</summary>
    public Member Self => _self!;

    /// <summary>All nodes known, the gone ones not yet reaped included, in probe order.</summary>
    public IReadOnlyList<Member> Members => _members.List;

    /// <summary>Alive and suspect nodes, self included.</summary>
    public int AliveCount => _members.AliveCount;

    /// <summary>Lifeguard's score, 0 is best.</summary>
    public int HealthScore => _awareness.Score;

    /// <summary>Membership messages never sent: the queue was full, or no packet had room.</summary>
    public long DroppedBroadcastCount => _queue.DroppedCount;

    /// <summary>When <see cref="Advance"/> next has work; <see cref="Instant.Never"/> when idle.</summary>
    public Instant NextDeadline
    {
        get
        {
            if (!IsRunning)
            {
                return Instant.Never;
            }

            Instant next = Instant.Min(_probeAt, _round.Deadline);
            next = Instant.Min(next, Instant.Min(_gossipAt, _pushPullAt));
            next = Instant.Min(next, Instant.Min(_relays.Earliest, _suspicions.Earliest));
            return Instant.Min(next, Instant.Min(_streamDeadlines.Earliest, _pingDeadlines.Earliest));
        }
    }

    /// <summary>Membership messages waiting to be gossiped.</summary>
    internal BroadcastQueue Broadcasts => _queue;

    private bool IsRunning => _self is not null && !_stopped;

    public Member? Find(ReadOnlySpan<byte> name) => _members.Find(name);

    /// <summary>Announces the node to itself and starts the timers.</summary>
    public void Start(Instant now)
    {
        Invariant.Holds(_self is null && !_stopped);
        Invariant.Holds(!Options.Name.IsEmpty && !Options.AdvertiseAddress.IsNone);
        _now = now;
        if (!Options.AllowedNetworks.Contains(Options.AdvertiseAddress))
        {
            // Nobody with the same list would take it for a member, nor may it itself.
            _log.Write(
                LogLevel.Err,
                $"memberlist: Own address {Options.AdvertiseAddress} is not in an allowed network");
            _stopped = true;
            return;
        }

        _self = new Member(Options.Name) { Address = Options.AdvertiseAddress, Versions = Options.Versions };
        _members.Add(_self, ref _prng);
        _incarnation++;
        AnnounceSelf(token: 0, now);
        StartTimers(now);
    }

    /// <summary>Starts in the middle of the life of a cluster: all of it is known, this node included, and
    /// nothing is left to tell. <see cref="ISwimObserver.MemberJoined"/> is not called.</summary>
    internal void StartConverged(BaseMembers members, Instant now)
    {
        Invariant.Holds(_self is null && !_stopped);
        _now = now;
        _members.Stand(members, ref _prng);
        Member? self = _members.Find(Options.Name.Span);
        Invariant.Holds(self is not null && self.Address == Options.AdvertiseAddress);
        _self = Own(self);
        _incarnation = _self.Incarnation;
        StartTimers(now);
        if (Options.PushPullInterval > TimeSpan.Zero)
        {
            // Somewhere between two exchanges, not all of them at the beginning.
            _pushPullAt = now + _prng.NextDelay(PushPullDelay());
        }
    }

    private void StartTimers(Instant now)
    {
        // A phase of its own for each timer, or nodes started together would stay in step.
        _probeAt = FirstTick(Options.ProbeInterval, now);
        bool gossips = Options.GossipNodes > 0;
        _gossipAt = gossips ? FirstTick(Options.GossipInterval, now) : Instant.Never;
        _pushPullAt = Options.PushPullInterval > TimeSpan.Zero
            ? now + _prng.NextDelay(Options.PushPullInterval) + PushPullDelay()
            : Instant.Never;
    }

    public void Receive(in NodeAddress source, ReadOnlySpan<byte> packet, Instant now)
    {
        if (IsRunning && IsAllowed(source, now))
        {
            _metrics.Add(Metric.PacketReceived, packet.Length);
            _packetSource = source;
            _now = now;
            _broughtUserMessages = false;
            _replyCount = 0;
            _packetReader.Read(packet, this, source.GetHashCode());
            if (_broughtUserMessages)
            {
                _observer.UserMessagesEnded(now);
            }
        }
    }

    /// <summary>Does everything that is due.</summary>
    public void Advance(Instant now)
    {
        _now = now;
        while (NextDeadline <= now)
        {
            AdvanceOne(now);
        }
    }

    /// <summary>Closes every stream and stops. Nothing is announced, but what waits in the queues is
    /// gossiped once more.</summary>
    public void Shutdown()
    {
        if (IsRunning)
        {
            GossipTick(_now);
        }

        while (_streamDeadlines.First is SwimStream stream)
        {
            _effects.CloseStream(stream.Id);
            Forget(stream);
        }

        _stopped = true;
    }

    // A log line, of which the last few hundred are kept, must not be as long as a peer pleases.
    internal static ByteString Shown(ReadOnlySpan<byte> name) =>
        ByteString.Copy(name.Length > Limits.NameShownSizeMax ? name[..Limits.NameShownSizeMax] : name);

    void IPacketSink.Accept(MessageType type, ReadOnlySpan<byte> body)
    {
        ReadStatus status = Dispatch(type, body);
        if (status != ReadStatus.Ok && _refusals.Allows(_now))
        {
            string reason = status == ReadStatus.NeedMore ? "EOF" : status.ToString();
            _refusals.Write(
                LogLevel.Err, $"memberlist: Failed to decode {NameOf(type)}: {reason} from={_packetSource}");
        }
    }

    void IPacketSink.Refuse(PacketFault fault, int detail)
    {
        if (!_refusals.Allows(_now))
        {
            return;
        }

        (LogLevel level, string text) = fault switch
        {
            PacketFault.Empty => (LogLevel.Err, "missing message type byte"),
            PacketFault.LabelMalformed => (LogLevel.Err, "failed to remove label header"),
            PacketFault.LabelMismatch => (LogLevel.Err, "discarding packet with unacceptable label"),
            PacketFault.LabelDoubled => (LogLevel.Err, "unexpected double packet label header"),
            PacketFault.SealBroken => (
                LogLevel.Err, $"Decrypt packet failed: {Encryption.Describe((SealFault)detail)}"),
            PacketFault.CrcMismatch => (LogLevel.Warn, "Got invalid checksum for UDP packet"),
            PacketFault.UnknownType => (LogLevel.Err, $"msg type ({detail}) not supported"),
            PacketFault.CompressMalformed => (LogLevel.Err, "Failed to decompress payload"),
            PacketFault.CompoundMalformed => (LogLevel.Err, "Failed to decode compound request"),
            PacketFault.CompoundTruncated => (
                LogLevel.Warn, $"Compound request had {detail} truncated messages"),
            PacketFault.TooDeep => (LogLevel.Err, "packet is nested too deeply"),
            _ => (LogLevel.Err, "packet expands beyond the limit"),
        };
        _refusals.Write(level, $"memberlist: {text} from={_packetSource}");
    }

    void IBroadcastObserver.BroadcastFinished(int token, bool transmitted) =>
        _observer.AnnouncementFinished(_now);

    private static string NameOf(MessageType type) => type switch
    {
        MessageType.Ping => "ping request",
        MessageType.IndirectPing => "indirect ping request",
        MessageType.Ack => "ack response",
        MessageType.Nack => "nack response",
        MessageType.Suspect => "suspect message",
        MessageType.Alive => "alive message",
        MessageType.Dead => "dead message",
        _ => "unexpected message",
    };

    private static Instant NextTick(Instant tick, TimeSpan interval, Instant now)
    {
        Instant next = tick + interval;
        return next > now ? next : now + interval;
    }

    private bool IsAllowed(in NodeAddress source, Instant now)
    {
        bool isAllowed = Options.AllowedNetworks.Contains(source);
        if (!isAllowed && _refusals.Allows(now))
        {
            _refusals.Write(LogLevel.Warn, $"memberlist: {source} is not in an allowed network, ignoring it");
        }

        return isAllowed;
    }

    private Instant FirstTick(TimeSpan interval, Instant now) =>
        interval > TimeSpan.Zero ? now + (interval - _prng.NextDelay(interval)) : Instant.Never;

    private void AdvanceOne(Instant now)
    {
        _refusals.Report(now);
        if (_relays.Earliest <= now)
        {
            RelayDue();
        }
        else if (_streamDeadlines.Earliest <= now)
        {
            StreamTimedOut(_streamDeadlines.First!, now);
        }
        else if (_pingDeadlines.Earliest <= now)
        {
            EndPing(_pingDeadlines.First!, null, now);
        }
        else if (_round.Deadline <= now)
        {
            RoundDue(now);
        }
        else if (_suspicions.Earliest <= now)
        {
            SuspicionExpired(_suspicions.First!, now);
        }
        else if (_probeAt <= now)
        {
            _probeAt = NextTick(_probeAt, Options.ProbeInterval, now);
            ProbeTick(now);
        }
        else if (_gossipAt <= now)
        {
            _gossipAt = NextTick(_gossipAt, Options.GossipInterval, now);
            GossipTick(now);
            ReportDropped(now);
        }
        else
        {
            _pushPullAt = now + PushPullDelay();
            PushPullTick(now);
        }
    }

    private ReadStatus Dispatch(MessageType type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case MessageType.Ping:
                return ReceivePing(body);
            case MessageType.IndirectPing:
                return ReceiveIndirectPing(body);
            case MessageType.Ack:
                return ReceiveAck(body, _now);
            case MessageType.Nack:
                return ReceiveNack(body);
            case MessageType.Suspect:
                ReadStatus suspectStatus = SwimCodec.TryRead(body, out Suspect suspect);
                return suspectStatus == ReadStatus.Ok ? HandleSuspect(suspect, _now) : suspectStatus;
            case MessageType.Alive:
                ReadStatus aliveStatus = SwimCodec.TryRead(body, out Alive alive);
                return aliveStatus == ReadStatus.Ok ? HandleAlive(alive, _now) : aliveStatus;
            case MessageType.Dead:
                ReadStatus deadStatus = SwimCodec.TryRead(body, out Dead dead);
                return deadStatus == ReadStatus.Ok ? HandleDead(dead, _now) : deadStatus;
            case MessageType.User:
                _broughtUserMessages = true;
                _observer.UserMessage(body, _now);
                return ReadStatus.Ok;
            default:
                ((IPacketSink)this).Refuse(PacketFault.UnknownType, (int)type);
                return ReadStatus.Ok;
        }
    }
}
