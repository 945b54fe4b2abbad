using System;
using System.Collections.Generic;
using Serf.Agent;
using Serf.Primitives;
using Serf.Tests.Net;
using Xunit;

namespace Serf.Tests.Agent;

/// <summary>Joins of what multicast DNS finds (spec agent 12.4), on a clock of its own.</summary>
public sealed class MdnsJoinerTests
{
    private readonly Host _host = new();
    private readonly MdnsJoiner _joiner;
    private Instant _now = new(1);

    public MdnsJoinerTests() => _joiner = new MdnsJoiner(_host, MdnsBed.Address("10.0.0.1:7946"));

    [Fact]
    public void What_comes_within_a_tenth_of_a_second_is_joined_at_once_and_only_then()
    {
        Find("10.0.0.2:7946");
        Pass(99);
        Find("10.0.0.3:1");
        Pass(99);
        Assert.Empty(_host.Joins);
        Assert.Equal(_now + TimeSpan.FromMilliseconds(1), _joiner.NextDeadline);
        Pass(1);
        _joiner.Ended(null, 2);

        Assert.Equal(["10.0.0.2:7946 10.0.0.3:1"], _host.Joins);
        Assert.Equal(["Info agent.mdns: Joined 2 hosts"], _host.Lines);
        Assert.Equal(Instant.Never, _joiner.NextDeadline);
    }

    [Fact]
    public void What_was_joined_is_not_joined_again()
    {
        PollAndFind("10.0.0.2:7946");
        _joiner.Ended(null, 1);
        PollAndFind("10.0.0.2:7946");
        PollAndFind("10.0.0.2:7947");

        Assert.Equal(["10.0.0.2:7946", "10.0.0.2:7947"], _host.Joins);
    }

    [Fact]
    public void The_node_itself_and_members_are_not_joined()
    {
        _host.Members.Add(MdnsBed.Address("10.0.0.9:7946"));
        PollAndFind("10.0.0.1:7946", "10.0.0.9:7946");
        _host.Members.Clear();
        PollAndFind("10.0.0.9:7946");

        Assert.Empty(_host.Joins);
        Assert.Empty(_host.Lines);
    }

    [Fact]
    public void Who_refuses_is_tried_at_later_polls_that_become_fewer()
    {
        List<int> polls = [];
        for (int poll = 1; poll <= 100; poll++)
        {
            int before = _host.Joins.Count;
            PollAndFind("10.0.0.2:7946");
            if (_host.Joins.Count > before)
            {
                polls.Add(poll);
                _joiner.Ended("refused", 0);
            }
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 96], polls);
        Assert.All(_host.Lines, line => Assert.Equal("Err agent.mdns: Failed to join: refused", line));
    }

    [Fact]
    public void Of_a_batch_that_half_succeeded_only_those_are_tried_again_that_are_no_members_now()
    {
        PollAndFind("10.0.0.2:7946", "10.0.0.3:7946");
        _host.Members.Add(MdnsBed.Address("10.0.0.2:7946"));
        _joiner.Ended(null, 1);
        _host.Members.Clear();
        PollAndFind("10.0.0.2:7946", "10.0.0.3:7946");

        Assert.Equal(["10.0.0.2:7946 10.0.0.3:7946", "10.0.0.3:7946"], _host.Joins);
    }

    [Fact]
    public void One_join_at_a_time_and_what_is_found_meanwhile_follows()
    {
        PollAndFind("10.0.0.2:7946");
        PollAndFind("10.0.0.2:7946", "10.0.0.3:7946");
        Assert.Equal(["10.0.0.2:7946"], _host.Joins);
        _joiner.Ended(null, 1);
        Pass(0);

        Assert.Equal(["10.0.0.2:7946", "10.0.0.3:7946"], _host.Joins);
    }

    [Fact]
    public void A_node_that_leaves_joins_nobody()
    {
        PollAndFind("10.0.0.2:7946");
        _host.MayJoin = false;
        _joiner.Ended("Serf can't Join after Leave or Shutdown", 0);
        PollAndFind("10.0.0.3:7946");

        Assert.Equal(["10.0.0.2:7946"], _host.Joins);
        Assert.Empty(_host.Lines);
    }

    [Fact]
    public void A_flood_of_addresses_is_joined_in_batches_and_forgotten_when_there_are_too_many()
    {
        for (uint poll = 0; poll < 100; poll++)
        {
            _joiner.BeginPoll();
            for (uint index = 0; index < 1000; index++)
            {
                _joiner.Found(NodeAddress.FromIPv4(0x0B000000 + (poll * 1000) + index, 1), _now);
            }

            Pass(100);
            Assert.Equal(Limits.MdnsBatchCountMax, _host.Joins[^1].Split(' ').Length);
            _joiner.Ended("refused", 0);
        }

        Assert.Equal(100, _host.Joins.Count);
    }

    private void PollAndFind(params string[] addresses)
    {
        _joiner.BeginPoll();
        Find(addresses);
        Pass(100);
    }

    private void Find(params string[] addresses)
    {
        foreach (string address in addresses)
        {
            _joiner.Found(MdnsBed.Address(address), _now);
        }
    }

    private void Pass(int milliseconds)
    {
        _now += TimeSpan.FromMilliseconds(milliseconds);
        _joiner.Advance(_now);
    }

    private sealed class Host : MdnsJoiner.IHost, ILog
    {
        public List<string> Joins { get; } = [];

        public List<string> Lines { get; } = [];

        public HashSet<NodeAddress> Members { get; } = [];

        public bool MayJoin { get; set; } = true;

        public ILog Log => this;

        public void RemoveMembers(List<NodeAddress> addresses) => addresses.RemoveAll(Members.Contains);

        public void BeginJoin(IReadOnlyList<string> addresses) => Joins.Add(string.Join(' ', addresses));

        public void Write(LogLevel level, string text) => Lines.Add($"{level} {text}");
    }
}
