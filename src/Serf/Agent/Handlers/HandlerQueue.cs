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
internal sealed class HandlerQueue
{
    // What an event weighs beside its payload: its objects, and those of each member it names.
    private const int EventWeight = 128;
    private const int MemberWeight = 256;

    private readonly Queue<HandlerInvocation> _waiting = [];
    private readonly List<EventFilter> _filters = [];
    private readonly int _depthMax;
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
        foreach (EventFilter filter in _filters)
        {
            if (!filter.Matches(invocation.Event))
            {
                continue;
            }

            int weight = Weigh(invocation.Event);
            if (_waiting.Count >= _depthMax || _weight + weight > Limits.HandlerQueueSizeMax)
            {
                lost++;
                continue;
            }

            _waiting.Enqueue(invocation);
            _weight += weight;
        }

        LostCount += lost;
        return lost;
    }

    public HandlerInvocation Take()
    {
        HandlerInvocation invocation = _waiting.Dequeue();
        _weight -= Weigh(invocation.Event);
        return invocation;
    }

    private static int Weigh(SerfEvent happened) => happened switch
    {
        MemberEvent members => EventWeight + (members.Members.Count * MemberWeight),
        UserEvent user => EventWeight + (user.Payload?.Length ?? 0),
        QueryEvent query => EventWeight + (query.Payload?.Length ?? 0),
        _ => EventWeight,
    };
}
