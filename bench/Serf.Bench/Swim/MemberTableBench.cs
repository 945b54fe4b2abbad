using System;
using System.Collections.Generic;
using BenchmarkDotNet.Attributes;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Bench.Swim;

/// <summary>Finding and picking among members that are all alive.</summary>
public class MemberTableBench
{
    private readonly List<Member> _picked = [];
    private MemberTable _table = new();
    private Member _self = new(default);
    private ByteString _name;
    private Prng _prng = new(1);

    [Params(8, 1000, 10000)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _table = new MemberTable();
        for (int number = 0; number < Count; number++)
        {
            Member member = new(SilentPeer.NameOf(number));
            _table.Add(member, ref _prng);
            _table.SetState(member, MemberState.Alive, new Instant(1));
            _self = member;
        }

        _name = SilentPeer.NameOf(Count / 2);
    }

    [Benchmark]
    public int PickThree()
    {
        _table.Pick(3, PickRule.Gossip, _self, null, TimeSpan.Zero, new Instant(2), ref _prng, _picked);
        return _picked.Count;
    }

    [Benchmark]
    public bool FindByName() => _table.Find(_name.Span) is not null;

    [Benchmark]
    public int Shuffle()
    {
        _table.Shuffle(ref _prng);
        return _table.Count;
    }
}
