using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Agent.Handlers;

/// <summary>
/// One handler: a command, when to run it, and the events that wait for it, in order. Touched under the
/// runner's lock, but for what never changes.
/// </summary>
/// <remarks>
/// When more wait than the queue takes, user events and queries are dropped. Of member events the latest
/// state of each member is kept, and handed over when there is room again: the handler's view of the cluster
/// is late then, but never wrong for good.
/// </remarks>
internal sealed class HandlerQueue
{
    // What an event weighs beside its payload: its objects, and those of each member it names.
    private const int EventWeight = 128;
    private const int MemberWeight = 256;

    private readonly Queue<HandlerInvocation> _waiting = [];
    private readonly List<EventFilter> _filters = [];
    private readonly int _depthMax;
    private readonly List<(SerfEventKind Kind, MemberInfo Member)> _latest = [];
    private readonly Dictionary<ByteString, int> _places = new(ByteString.Comparer);
    private HandlerInvocation? _latestFrom;
    private long _weight;

    public HandlerQueue(string command, int depthMax)
    {
        Command = command;
        _depthMax = depthMax;
        byte[] bytes = ByteText.ToBytes(command);
        CommandBytes = GC.AllocateArray<byte>(bytes.Length + 1, pinned: true);
        bytes.CopyTo(CommandBytes, 0);
    }

    public string Command { get; }

    /// <summary>The command for the C library: pinned, with a zero byte at the end.</summary>
    public byte[] CommandBytes { get; }

    /// <summary>
    /// In the order of the configuration; none when the handler was removed and only drains.
    /// </summary>
    public List<EventFilter> Filters => _filters;

    public int WaitingCount => _waiting.Count;

    /// <summary>It runs, or stands in line to run.</summary>
    public bool IsActive { get; set; }

    /// <summary>Events dropped since this was last reported.</summary>
    public long LostCount { get; set; }

    /// <summary>Queues the event once for each filter that it matches.</summary>
    /// <returns>How many were dropped because the queue is full.</returns>
    public int Accept(HandlerInvocation invocation)
    {
        int lost = 0;
        bool isKept = false;
        foreach (EventFilter filter in _filters)
        {
            if (!filter.Matches(invocation.Event))
            {
                continue;
            }

            int weight = Weigh(invocation.Event);
            bool isFull = _waiting.Count >= _depthMax || _weight + weight > Limits.HandlerQueueSizeMax;
            if (invocation.Event is MemberEvent changed && (isFull || _latest.Count > 0))
            {
                // Behind older states that are still kept, so that it does not overtake them.
                lost += isKept || KeepLatest(changed, invocation) ? 0 : 1;
                isKept = true;
            }
            else if (isFull)
            {
                lost++;
            }
            else
            {
                Enqueue(invocation);
            }
        }

        LostCount += lost;
        return lost;
    }

    public HandlerInvocation Take()
    {
        HandlerInvocation invocation = _waiting.Dequeue();
        _weight -= Weigh(invocation.Event);
        if (_latestFrom is not null && _waiting.Count <= _depthMax / 2)
        {
            ReleaseLatest(_latestFrom);
        }

        return invocation;
    }

    private void Enqueue(HandlerInvocation invocation)
    {
        _waiting.Enqueue(invocation);
        _weight += Weigh(invocation.Event);
    }

    /// <returns>False when something gave way to it, or it found no room.</returns>
    private bool KeepLatest(MemberEvent changed, HandlerInvocation invocation)
    {
        bool isWhole = true;
        _latestFrom = invocation;
        foreach (MemberInfo member in changed.Members)
        {
            if (!_places.TryGetValue(member.Name, out int place))
            {
                if (_latest.Count == Limits.HandlerMemberCountMax)
                {
                    isWhole = false;
                    continue;
                }

                _places.Add(member.Name, _latest.Count);
                _latest.Add((changed.Kind, member));
                continue;
            }

            // A member that the handler has not heard of joins as it is now.
            bool isJoin = _latest[place].Kind == SerfEventKind.MemberJoin;
            bool isUpdate = changed.Kind == SerfEventKind.MemberUpdate;
            _latest[place] = (isJoin && isUpdate ? SerfEventKind.MemberJoin : changed.Kind, member);
            isWhole = false;
        }

        return isWhole;
    }

    private void ReleaseLatest(HandlerInvocation cause)
    {
        for (SerfEventKind kind = SerfEventKind.MemberJoin; kind <= SerfEventKind.MemberReap; kind++)
        {
            List<MemberInfo> members = [];
            foreach ((SerfEventKind Kind, MemberInfo Member) latest in _latest)
            {
                if (latest.Kind == kind)
                {
                    members.Add(latest.Member);
                }
            }

            if (members.Count > 0)
            {
                Enqueue(cause with { Event = new MemberEvent(kind, members) });
            }
        }

        _latest.Clear();
        _places.Clear();
        _latestFrom = null;
    }

    private static int Weigh(SerfEvent happened) => happened switch
    {
        MemberEvent members => EventWeight + (members.Members.Count * MemberWeight),
        UserEvent user => EventWeight + (user.Payload?.Length ?? 0),
        QueryEvent query => EventWeight + (query.Payload?.Length ?? 0),
        _ => EventWeight,
    };
}
