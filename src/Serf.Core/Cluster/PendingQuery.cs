using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// A query of our own that still takes answers (spec serf 6.4): who has answered, and who still has to.
/// </summary>
internal sealed class PendingQuery : DeadlineEntry
{
    private readonly Dictionary<ByteString, Node> _nodes;
    private readonly Dictionary<ByteString, Node>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly Marks _needed;
    private int _strangerCount;
    private int _awaitedCount;

    /// <param name="time">Lamport time; with <paramref name="id"/> it tells queries apart.</param>
    /// <param name="id">Unguessable.</param>
    /// <param name="sink">Told what comes.</param>
    /// <param name="wantsAcks">Acks were asked for.</param>
    /// <param name="wantsAnswers">False where nothing but acks can come.</param>
    /// <param name="nodeCount">So many nodes are waited for at the most.</param>
    public PendingQuery(
        ulong time, uint id, IQuerySink sink, bool wantsAcks, bool wantsAnswers, int nodeCount)
    {
        _nodes = new(nodeCount, ByteString.Comparer);
        Time = time;
        Id = id;
        Sink = sink;
        WantsAcks = wantsAcks;
        _needed = (wantsAcks ? Marks.Acked : Marks.None) | (wantsAnswers ? Marks.Answered : Marks.None);
        _lookup = _nodes.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    [Flags]
    private enum Marks : byte
    {
        None = 0,
        Acked = 1,
        Answered = 2,
        Awaited = 4,
    }

    public ulong Time { get; }

    public uint Id { get; }

    public IQuerySink Sink { get; }

    public bool WantsAcks { get; }

    public bool IsEnded { get; set; }

    /// <summary>Nobody is waited for any more.</summary>
    public bool IsComplete => _awaitedCount == 0;

    /// <summary>The node is believed alive and concerned: its answer is waited for.</summary>
    public void Await(ByteString name)
    {
        if (_needed != Marks.None)
        {
            _nodes.Add(name, new Node { Marks = Marks.Awaited });
            _awaitedCount++;
        }
    }

    /// <summary>The node cannot answer any more.</summary>
    public void StopWaiting(ByteString name)
    {
        if (_nodes.TryGetValue(name, out Node? node))
        {
            Release(node);
        }
    }

    /// <summary>Notes an ack or an answer.</summary>
    /// <returns>False for a repeated one, and for one more stranger than are remembered.</returns>
    public bool TryTake(ReadOnlySpan<byte> name, bool isAck, bool isMember)
    {
        Marks mark = isAck ? Marks.Acked : Marks.Answered;
        if (!_lookup.TryGetValue(name, out Node? node))
        {
            if (!isMember && ++_strangerCount > Limits.QueryStrangerCountMax)
            {
                return false;
            }

            node = new Node();
            _lookup[name] = node;
        }

        if ((node.Marks & mark) != 0)
        {
            return false;
        }

        node.Marks |= mark;
        if ((node.Marks & _needed) == _needed)
        {
            Release(node);
        }

        return true;
    }

    private void Release(Node node)
    {
        _awaitedCount -= (node.Marks & Marks.Awaited) != 0 ? 1 : 0;
        node.Marks &= ~Marks.Awaited;
    }

    // A class, as the values of other tables by name are: they share their code.
    private sealed class Node
    {
        public Marks Marks { get; set; }
    }
}
