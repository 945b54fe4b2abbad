using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Simulation.Checkers;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Simulation;

/// <summary>One life of one node: from a start to a crash or the end of a leave.</summary>
public sealed partial class SimHost : ISwimEffects, ISerfEffects, ILog
{
    // What a socket's receive buffer holds while the process does not run.
    private const int BacklogPacketCountMax = 256;

    private readonly SimWorld _world;
    private readonly Queue<Action> _backlog = new();
    private readonly SortedDictionary<long, SimStream> _streams = [];
    private readonly Dictionary<Member, (MemberState State, NodeAddress Address)> _seen =
        new(ReferenceEqualityComparer.Instance);
    private readonly IncarnationChecker _incarnations = new();
    private readonly ResurrectionChecker _resurrections = new();
    private readonly SelfChecker _self = new();
    private readonly LamportChecker _clocks = new();
    private readonly EventChecker _events = new();
    private readonly OldEventChecker _oldEvents = new();
    private readonly List<SimHost> _joinedHosts = [];
    private readonly QueueChecker _queues;
    private readonly SeededEntropy _entropy;
    private Instant _wakeAt = Instant.Never;
    private int _backlogPacketCount;
    private int _memberCount;
    private long _lastCall;
    private long _leaveCall;
    private long _joinCall;
    private ulong _joinFloor;

    public SimHost(SimWorld world, int slot, NodeAddress address, Tags tags, ulong seed, SimDisk? disk = null,
        ByteString name = default)
    {
        _world = world;
        Slot = slot;
        Address = address;
        Name = name.IsEmpty ? NameOf(slot) : name;
        _entropy = new SeededEntropy(seed);
        SimOptions options = world.Options;
        _queues = new QueueChecker(
            options.IsHostile ? Limits.BroadcastCountMax : options.NodeCount, options.Serf.QueueDepthMax);
        _snapshot = Restore(disk, options.RejoinAfterLeave);
        Serf = new SerfNode(
            options.Serf with { Tags = tags },
            options.Swim with
            {
                Name = Name, AdvertiseAddress = address, Encryption = options.Keys?.For(slot, seed),
            },
            this,
            this,
            seed,
            _snapshot);
        CheckPlace(disk);
    }

    public int Slot { get; }

    public ByteString Name { get; }

    public NodeAddress Address { get; }

    public SerfNode Serf { get; }

    /// <summary>The process is gone.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The process does not run; packets and connections wait in the kernel.</summary>
    public bool IsPaused { get; private set; }

    public bool IsLeaving { get; private set; }

    /// <summary>A join succeeded, or none was needed.</summary>
    public bool HasJoined { get; set; }

    ILog ISwimEffects.Log => this;

    IEntropy ISerfEffects.Entropy => _entropy;

    public override string ToString() => Name.ToString();

    public static ByteString NameOf(int slot) => ByteString.FromText($"n{slot}");

    public void Start() => Enter(() =>
    {
        Serf.Start(_world.Now);
        _world.Queries.NoteTags(this);
        Rejoin();
    });

    public void Join(IReadOnlyList<JoinTarget> targets) => Enter(() =>
    {
        NoteJoin(targets);
        _joinCall = ++_lastCall;
        Serf.BeginJoin(new CallId(_joinCall), targets, _world.Options.IgnoresOld, _world.Now);
    });

    public void Leave()
    {
        IsLeaving = true;
        _self.Leave();
        _leaveCall = ++_lastCall;
        Enter(() => Serf.BeginLeave(new CallId(_leaveCall), _world.Now));
    }

    public void SetTags(Tags tags) => Enter(() =>
    {
        Serf.BeginSetTags(new CallId(++_lastCall), tags, _world.Now);
        _world.Queries.NoteTags(this);
    });

    public void SendUserEvent(ByteString name, byte[] payload, bool coalesce) => Enter(() =>
    {
        if (Serf.SendUserEvent(name.Span, payload, coalesce, _world.Now) is { } refusal)
        {
            throw new SimFailureException($"a user event was refused: {refusal}");
        }
    });

    public void Pause() => IsPaused = true;

    /// <summary>What waited is handled first, then time.</summary>
    public void Resume()
    {
        IsPaused = false;
        _resumedAt = _world.Now;
        while (!IsStopped && _backlog.TryDequeue(out Action? work))
        {
            Run(work);
        }

        _backlogPacketCount = 0;
        Enter(() =>
        {
            Serf.Advance(_world.Now);
            CheckQueries();
        });
    }

    /// <summary>The end of the process. Nothing is announced; the kernel resets its connections.</summary>
    public void Stop()
    {
        IsStopped = true;
        foreach (SimStream stream in _streams.Values)
        {
            stream.Reset(this);
        }

        _streams.Clear();
        _backlog.Clear();
    }

    /// <summary>Every call into the node goes through here.</summary>
    public void Enter(Action work)
    {
        if (IsPaused && !IsStopped)
        {
            _backlog.Enqueue(work);
        }
        else if (!IsStopped)
        {
            Run(work);
        }
    }

    public void Receive(NodeAddress source, byte[] packet)
    {
        if (IsPaused && ++_backlogPacketCount > BacklogPacketCountMax)
        {
            return;
        }

        Enter(() =>
        {
            _world.Deliver(Slot, packet);
            _world.Report.See(Sight.PacketDelivered);
            Serf.Swim.Receive(source, packet, _world.Now);
        });
    }

    public void Accept(SimStream stream, NodeAddress source) => Enter(() =>
    {
        StreamId id = Serf.Swim.StreamAccepted(source, _world.Now);
        stream.Accepted(this, id);
        if (id != StreamId.None)
        {
            _streams.Add(id.Value, stream);
        }
    });

    public void Connected(StreamId id) => Enter(() => Serf.Swim.StreamConnected(id, _world.Now));

    public void Receive(StreamId id, byte[] piece) => Enter(() =>
    {
        _world.Deliver(Slot, piece);
        Serf.Swim.StreamReceived(id, piece, _world.Now);
    });

    public void End(StreamId id) => Enter(() => Serf.Swim.StreamEnded(id, _world.Now));

    public void Fail(StreamId id, string reason) => Enter(() =>
    {
        _streams.Remove(id.Value);
        Serf.Swim.StreamFailed(id, reason, _world.Now);
    });

    bool ISwimEffects.SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        if (packet.Length > Limits.PacketBudget)
        {
            throw new SimFailureException($"a packet of {packet.Length} bytes was sent");
        }

        _world.Network.Send(this, target, packet);
        return true;
    }

    void ISwimEffects.OpenStream(StreamId stream, in NodeAddress target) =>
        _streams.Add(stream.Value, SimStream.Dial(_world, this, stream, target));

    void ISwimEffects.SendStream(StreamId stream, ByteBuffer bytes)
    {
        if (_streams.TryGetValue(stream.Value, out SimStream? open))
        {
            open.Send(this, bytes.Written);
        }
    }

    void ISwimEffects.CloseStream(StreamId stream)
    {
        if (_streams.Remove(stream.Value, out SimStream? open))
        {
            open.Close(this);
        }
    }

    void ISerfEffects.Deliver(SerfEvent happened)
    {
        if (happened is UserEvent user)
        {
            CheckFloor("an event", user.LamportTime, _eventFloor);
            Require(_oldEvents.Observe(user.LamportTime));
            Require(_events.Observe(user.LamportTime, user.Name, user.Payload));
            _world.Events.Deliver(this, user);
            return;
        }

        if (happened is QueryEvent query)
        {
            Hear(query);
            return;
        }

        _world.Report.See(happened.Kind switch
        {
            SerfEventKind.MemberJoin => Sight.MemberJoin,
            SerfEventKind.MemberLeave => Sight.MemberLeave,
            SerfEventKind.MemberFailed => Sight.MemberFailed,
            SerfEventKind.MemberUpdate => Sight.MemberUpdate,
            SerfEventKind.MemberReap => Sight.MemberReap,
            _ => throw new SimFailureException($"{happened} was delivered, which nothing here causes"),
        });
    }

    string? ISerfEffects.SaveKeyring(Keyring keyring) => null;

    void ISerfEffects.CallCompleted(CallId call, string? error, int count)
    {
        if (EndCall(call, error))
        {
            return;
        }

        if (call.Value == _joinCall)
        {
            EndJoin(count);
        }

        if (call.Value == _leaveCall)
        {
            _world.Schedule(TimeSpan.Zero, () => _world.Chaos.Left(this));
        }
        else if (error is not null && !IsLeaving)
        {
            // Only joins and changes of tags end with an error here.
            _world.Report.See(Sight.JoinFailed);
            _world.Schedule(SimOptions.JoinRetryInterval, () => _world.Chaos.Join(this));
        }
        else if (count > 0)
        {
            HasJoined = true;
        }
    }

    void ILog.Write(LogLevel level, string text) => _world.Log?.Invoke(this, level, text);

    private void Run(Action work)
    {
        work();
        Check();
        if (Serf.NextDeadline < _wakeAt)
        {
            Instant at = Serf.NextDeadline;
            _wakeAt = at;
            _world.ScheduleAt(at, () => Wake(at));
        }
    }

    private void Wake(Instant at)
    {
        if (_wakeAt != at || IsStopped)
        {
            return;
        }

        _wakeAt = Instant.Never;
        if (IsPaused)
        {
            return;
        }

        Run(() =>
        {
            Serf.Advance(_world.Now);
            if (Serf.NextDeadline <= _world.Now)
            {
                throw new SimFailureException("work is left after an advance");
            }

            CheckQueries();
        });
    }

    private void Check()
    {
        SwimNode swim = Serf.Swim;
        Require(_self.Observe(swim.Self.State));
        (ulong memberTime, ulong eventTime, ulong queryTime) = Serf.ClockTimes;
        Require(_clocks.Observe(memberTime, eventTime, queryTime));
        (int intents, int events, int queries) = Serf.QueueDepths;
        Require(_queues.Observe(swim.Broadcasts.Count, intents, events, queries));
        IReadOnlyList<Member> members = swim.Members;
        if (members.Count < _memberCount)
        {
            _world.Report.See(Sight.Forgotten);
        }

        _memberCount = members.Count;
        for (int index = 0; index < members.Count; index++)
        {
            Member member = members[index];
            if (_incarnations.Observe(member, member.State, member.Incarnation, member.Address) is { } stepBack)
            {
                Require($"of {member.Name}: {stepBack}");
            }

            if (_resurrections.Observe(member, member.State, member.Incarnation, member.Address) is { } revival)
            {
                Require($"of {member.Name}: {revival}");
            }

            Count(member);
        }
    }

    private void Count(Member member)
    {
        bool known = _seen.TryGetValue(member, out (MemberState State, NodeAddress Address) before);
        if (known && before.State == member.State)
        {
            return;
        }

        _seen[member] = (member.State, member.Address);
        if (known && before.Address != member.Address)
        {
            _world.Report.See(Sight.Replaced);
        }

        switch (member.State)
        {
            case MemberState.Suspect:
                _world.Report.See(Sight.Suspect);
                break;
            case MemberState.Dead:
                NoteGone(member.Name);
                _world.Report.See(Sight.Dead);
                break;
            case MemberState.Left:
                NoteGone(member.Name);
                _world.Report.See(Sight.Left);
                break;
            default:
                if (known)
                {
                    _world.Report.See(before.State == MemberState.Suspect ? Sight.Refuted : Sight.Revived);
                }

                break;
        }
    }

    /// <exception cref="SimFailureException">There is a complaint.</exception>
    public void Require(string? complaint)
    {
        if (complaint is not null)
        {
            throw new SimFailureException($"{Name}: {complaint}");
        }
    }
}
