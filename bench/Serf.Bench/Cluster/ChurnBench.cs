using System;
using System.Collections.Generic;
using BenchmarkDotNet.Attributes;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Bench.Cluster;

/// <summary>
/// What the Serf layer does about one member that fails and returns, or is erased and comes anew, while half of
/// all are failed: the work that could grow with the cluster.
/// </summary>
public class ChurnBench
{
    private SilentSerf _node = null!;
    private Member _member = null!;
    private byte[] _prune = [];
    private ulong _time = 1000;

    [Params(1_000, 10_000)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Fail()
    {
        _node = new SilentSerf(Count);
        List<Member> members = [.. _node.Node.Swim.Members];
        for (int index = 0; index < members.Count / 2; index++)
        {
            if (members[index] != _node.Node.Swim.Self)
            {
                _node.Observer.MemberLeft(members[index], _node.Now);
            }
        }

        // The last of the list of those that failed, which is searched from its start.
        _member = members[^1] == _node.Node.Swim.Self ? members[^2] : members[^1];
    }

    [Benchmark]
    public int FailAndReturn()
    {
        _node.Observer.MemberLeft(_member, _node.Now);
        _node.Observer.MemberJoined(_member, _node.Now);
        return _node.EventCount;
    }

    [Benchmark]
    public int FailPruneAndComeAnew()
    {
        _node.Observer.MemberLeft(_member, _node.Now);
        LeaveIntent intent = new() { LamportTime = ++_time, Node = _member.Name.Span, Prune = true };
        if (_prune.Length < SerfCodec.SizeOf(intent))
        {
            _prune = new byte[SerfCodec.SizeOf(intent)];
        }

        _node.Hear(_prune.AsSpan(0, SerfCodec.Write(intent, _prune)));
        _node.Observer.MemberJoined(_member, _node.Now);
        return _node.EventCount;
    }

    [Benchmark]
    public int ListMembers() => _node.Node.Members().Count;

    [Benchmark]
    public int WriteState()
    {
        using ByteBuffer state = new();
        _node.Observer.WriteLocalState(join: false, state);
        return state.Length;
    }
}
