using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>
/// One Serf node: members, events, queries and what keeps them in step across the cluster (spec serf), over
/// one <see cref="SwimNode"/>. Owned by one thread; bytes and instants go in, effects come out.
/// </summary>
public sealed partial class SerfNode : ISwimObserver, IBroadcastObserver
{
    private readonly ISerfEffects _effects;
    private readonly ILog _log;
    private readonly IMetrics _metrics;
    private readonly RefusalLog _refusals;
    private readonly ClusterMembers _members = new();
    private readonly RecentIntents _recentIntents = new(Limits.RecentIntentCountMax);
    private readonly EventBuffer _events;
    private readonly QueryBuffer _queries;
    private readonly MemberCoalescer? _memberCoalescer;
    private readonly UserCoalescer? _userCoalescer;
    private readonly BroadcastQueue _intentQueue;
    private readonly BroadcastQueue _eventQueue;
    private readonly BroadcastQueue _queryQueue;
    private readonly ByteBuffer _scratch = new();
    private LamportClock _memberClock;
    private LamportClock _eventClock;
    private LamportClock _queryClock;
    private Prng _chance;
    private byte[] _meta;
    private Instant _reapAt = Instant.Never;
    private Instant _queueCheckAt = Instant.Never;

    /// <exception cref="SerfException">Options that the original refuses, with its text.</exception>
    public SerfNode(
        SerfOptions options,
        SwimOptions swimOptions,
        ISerfEffects effects,
        ISwimEffects swimEffects,
        ulong seed,
        SnapshotLog? snapshot = null)
    {
        Validate(options);
        if (!swimOptions.AllowedNetworks.Contains(swimOptions.AdvertiseAddress))
        {
            throw new SerfException("Own address is not in an allowed network");
        }

        ValidateName(options, swimOptions.Name);
        _meta = EncodeTags(options.Tags, options.ProtocolVersion)!;
        Options = options;
        Tags = options.Tags;
        _effects = effects;
        _log = swimEffects.Log;
        _metrics = swimEffects.Metrics;
        _told = new CountedSink(_metrics);
        _refusals = new RefusalLog(_log, "serf");
        _chance = new Prng(seed);
        Prng keys = new(~seed);
        _events = new EventBuffer(options.EventBufferCount, (keys.NextUInt64(), keys.NextUInt64()));
        _queries = new QueryBuffer(options.QueryBufferCount);

        // A user message takes a type byte more.
        _gossipSizeMax = swimOptions.BroadcastSizeMax - 1;
        _intentQueue = NewQueue(swimOptions);
        _eventQueue = NewQueue(swimOptions);
        _queryQueue = NewQueue(swimOptions);
        if (options.CoalescePeriod > TimeSpan.Zero && options.QuiescentPeriod > TimeSpan.Zero)
        {
            _memberCoalescer = new(options.CoalescePeriod, options.QuiescentPeriod, effects);
        }

        if (options.UserCoalescePeriod > TimeSpan.Zero && options.UserQuiescentPeriod > TimeSpan.Zero)
        {
            _userCoalescer = new(options.UserCoalescePeriod, options.UserQuiescentPeriod, effects);
        }

        // Time 0 is never sent, so that any intent is newer than a fresh record (spec serf 3).
        _memberClock.Increment();
        _eventClock.Increment();
        _queryClock.Increment();
        Restore(snapshot);
        Swim = new SwimNode(swimOptions, swimEffects, this, _chance.NextUInt64());
        if (!options.DisableCoordinates)
        {
            _coordinates = new CoordinateClient(new CoordinateOptions(), _chance.NextUInt64());
            _received = _coordinates.CreateCoordinate();
        }

        RestoreCoordinate();
    }

    /// <summary>The gossip layer: packets and streams are handed to it directly.</summary>
    public SwimNode Swim { get; }

    public SerfOptions Options { get; }

    public LifecycleState State { get; private set; }

    /// <summary>The configured tags.</summary>
    public Tags Tags { get; private set; }

    public ByteString Name => Swim.Options.Name;

    /// <summary>The node's own record. Only after <see cref="Start"/>.</summary>
    public MemberInfo LocalMember => Local.Info;

    /// <summary>When <see cref="Advance"/> next has work, the gossip layer included.</summary>
    public Instant NextDeadline
    {
        get
        {
            if (State == LifecycleState.Shutdown)
            {
                return Instant.Never;
            }

            Instant next = Instant.Min(Swim.NextDeadline, Instant.Min(_reapAt, NextHealingDeadline));
            next = Instant.Min(next, Instant.Min(_queueCheckAt, _leaveDeadline));
            next = Instant.Min(next, Instant.Min(NextPendingDeadline(), _nextPrune));
            next = Instant.Min(next, Instant.Min(NextQueryDeadline, LongEventDeadline));
            next = Instant.Min(next, _ageAt);
            next = Instant.Min(next, Instant.Min(_voteAt, SnapshotDeadline));
            next = Instant.Min(next, _memberCoalescer?.Deadline ?? Instant.Never);
            return Instant.Min(next, _userCoalescer?.Deadline ?? Instant.Never);
        }
    }

    /// <summary>The logical clocks: of intents, of user events, of queries.</summary>
    internal (ulong Member, ulong Event, ulong Query) ClockTimes =>
        (_memberClock.Time, _eventClock.Time, _queryClock.Time);

    /// <summary>Messages waiting to be gossiped, beside those of the gossip layer.</summary>
    internal (int Intents, int Events, int Queries) QueueDepths =>
        (_intentQueue.Count, _eventQueue.Count, _queryQueue.Count);

    private ClusterMember Local
    {
        get
        {
            ClusterMember? local = _members.Find(Name.Span);
            Invariant.Holds(local is not null);
            return local;
        }
    }

    ReadOnlySpan<byte> ISwimObserver.LocalMeta => _meta;

    /// <summary>Checks what can be wrong before anything is opened.</summary>
    /// <exception cref="SerfException">Options that the original refuses, with its text.</exception>
    public static void Validate(SerfOptions options)
    {
        CheckVersion(options.ProtocolVersion);
        if (options.UserEventSizeMax > Limits.UserEventSizeMax)
        {
            throw new SerfException(string.Create(
                CultureInfo.InvariantCulture,
                $"user event size limit exceeds limit of {Limits.UserEventSizeMax} bytes"));
        }

        if (TagsCodec.SizeOf(options.Tags, options.ProtocolVersion) > Limits.MetaSizeMax)
        {
            throw new SerfException(TagsTooLong);
        }
    }

    /// <summary>Announces the node, which raises its own member-join, and starts the timers.</summary>
    public void Start(Instant now)
    {
        _reapAt = now + Options.ReapInterval;
        _queueCheckAt = now + Options.QueueCheckInterval;
        Swim.Start(now);
        StartHealing(now);
        Rejoin(now);
    }

    public void Advance(Instant now)
    {
        if (State == LifecycleState.Shutdown)
        {
            return;
        }

        Swim.Advance(now);
        AdvanceLeave(now);
        AdvancePrunes(now);
        AdvanceVote(now);
        if (_reapAt <= now)
        {
            _reapAt = now + Options.ReapInterval;
            Reap(now);
        }

        AdvanceHealing(now);
        if (_queueCheckAt <= now)
        {
            _queueCheckAt = now + Options.QueueCheckInterval;
            CheckQueues(now);
            CheckGap(now);
        }

        AdvanceEventAge(now);
        AdvanceCoalescers(now);
        AdvanceLongEvents(now);

        // The end of one call may begin another, which may end at once.
        do
        {
            AdvancePending(now);
            AdvanceQueries(now);
        }
        while (Instant.Min(NextPendingDeadline(), NextQueryDeadline) <= now);
        _snapshot?.Advance(_memberClock.Time, now);
    }

    /// <summary>All members, whatever their status, ordered by name.</summary>
    public IReadOnlyList<MemberInfo> Members()
    {
        MemberInfo[] members = new MemberInfo[_members.Count];
        for (int index = 0; index < members.Length; index++)
        {
            members[index] = _members.All[index].Info;
        }

        return members;
    }

    /// <summary>Keys and values of spec serf 12.1, ordered by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Stats() =>
    [
        .. CoordinateStats(),
        new("encrypted", Swim.Options.Encryption is null ? "false" : "true"),
        new("event_queue", Text(_eventQueue.Count + _early.Count)),
        new("event_time", Text(_eventClock.Time)),
        new("failed", Text(_members.Failed.Count)),
        new("health_score", Text(Swim.HealthScore)),
        new("intent_queue", Text(_intentQueue.Count)),
        new("left", Text(_members.Left.Count)),
        new("member_time", Text(_memberClock.Time)),
        new("members", Text(_members.Count)),
        new("query_queue", Text(_queryQueue.Count)),
        new("query_time", Text(_queryClock.Time)),
    ];

    /// <summary>Stops for good; nothing is announced, and calls still open end. Idempotent.</summary>
    public void Shutdown()
    {
        if (State == LifecycleState.Shutdown)
        {
            return;
        }

        if (State != LifecycleState.Left)
        {
            _log.Write(LogLevel.Warn, "serf: Shutdown without a Leave");
        }

        State = LifecycleState.Shutdown;
        Swim.Shutdown();
        FlushCoalescers();
        AbandonCalls();
        EndAll();
        _snapshot?.Close(_memberClock.Time);
    }

    void ISwimObserver.UserMessage(ReadOnlySpan<byte> message, Instant now)
    {
        if (!message.IsEmpty)
        {
            _metrics.Add(Metric.MessageReceived, message.Length);
            Handle(message, now);
        }
    }

    private static void CheckVersion(int version)
    {
        if (version is < SerfOptions.ProtocolVersionMin or > SerfOptions.ProtocolVersionMax)
        {
            string direction = version < SerfOptions.ProtocolVersionMin ? "low" : "high";
            throw new SerfException(string.Create(
                CultureInfo.InvariantCulture,
                $"Protocol version '{version}' too {direction}. Must be in range: "
                + $"[{SerfOptions.ProtocolVersionMin}, {SerfOptions.ProtocolVersionMax}]"));
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private void Handle(ReadOnlySpan<byte> message, Instant now)
    {
        ReadOnlySpan<byte> body = message[1..];
        bool read;
        switch ((SerfMessageType)message[0])
        {
            case SerfMessageType.Leave:
                read = SerfCodec.TryRead(body, out LeaveIntent leave) == ReadStatus.Ok;
                if (read && HandleLeaveIntent(leave, now))
                {
                    QueueIntent(message, leave.Node);
                }

                break;
            case SerfMessageType.Join:
                read = SerfCodec.TryRead(body, out JoinIntent join) == ReadStatus.Ok;
                if (read && HandleJoinIntent(join, now))
                {
                    QueueIntent(message, join.Node);
                }

                break;
            case SerfMessageType.UserEvent:
                read = SerfCodec.TryRead(body, out UserEventMessage happened) == ReadStatus.Ok;
                if (read && IsEventSize(message.Length, now))
                {
                    Collect(happened.LamportTime, message);
                }

                break;
            case SerfMessageType.Query:
                read = SerfCodec.TryRead(body, out QueryMessage query) == ReadStatus.Ok;
                if (read && HandleQuery(query, now))
                {
                    _queryQueue.Add(message);
                }

                break;
            case SerfMessageType.QueryResponse:
                read = SerfCodec.TryRead(body, out QueryResponseMessage response) == ReadStatus.Ok;
                if (read)
                {
                    HandleQueryResponse(response, now);
                }

                break;
            case SerfMessageType.Relay:
                read = HandleRelay(body, now);
                break;
            default:
                if (_refusals.Allows(now))
                {
                    _refusals.Write(
                        LogLevel.Warn, "serf: Received message of unknown type: " + Text(message[0]));
                }

                return;
        }

        if (!read)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Err, "serf: Error decoding message of type " + Text(message[0]));
            }
        }
    }

    /// <summary>Refuses times no honest node can have reached (spec serf 15.3, S1).</summary>
    /// <param name="clock">What this node's own clock shows.</param>
    private bool IsPlausible(ulong time, ulong clock, Instant now)
    {
        // Near the end smaller steps are allowed, so that nobody gets a clock there whose messages all would
        // refuse for ever. What is behind the clock moves nothing.
        bool isHigh = time >= Limits.LamportClockMax;
        ulong step = isHigh ? Limits.LamportHighStepMax : Limits.LamportStepMax;
        if (time < Limits.LamportTimeMax && (time <= clock || time - clock <= step))
        {
            return true;
        }

        if (_refusals.Allows(now))
        {
            _refusals.Write(LogLevel.Warn, "serf: Refusing a message with Lamport time " + Text(time));
        }

        return false;
    }
}
