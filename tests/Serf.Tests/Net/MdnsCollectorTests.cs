using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Net;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Net;

/// <summary>Nodes out of answers (spec agent 12.3).</summary>
public sealed class MdnsCollectorTests
{
    private const ushort Flags = 0x8400;
    private readonly MdnsCollector _collector = new(MdnsBed.New());
    private readonly List<NodeAddress> _found = [];

    [Fact]
    public void The_example_question_is_that_of_the_specification()
    {
        byte[] query = new byte[DnsMessage.QuerySizeMax];
        int size = DnsMessage.WriteQuery(query, 0xEED8, 0, MdnsBed.New().Service, DnsMessage.TypePtr);

        Assert.Equal(
            "eed800000001000000000000095f736572665f747374045f746370056c6f63616c00000c0001",
            Convert.ToHexStringLower(query.AsSpan(0, size)));
    }

    [Theory]
    [InlineData("PTR _serf_tst._tcp.local.", "10.9.0.2:7946")]
    [InlineData("IPv6: _serf_tst._tcp.local. 12", "[fd00::2]:7999")]
    [InlineData("unicast bit PTR", "10.9.0.2:7946")]
    public void A_recorded_answer_tells_the_node_at_once(string name, string expected)
    {
        foreach (string answer in MdnsBed.Vectors
            .Single(vector => vector.GetProperty("name").GetString() == name)
            .GetProperty("answers").EnumerateArray().Select(answer => answer.GetString()!))
        {
            Hear(Convert.FromHexString(answer));
        }

        Assert.Equal([MdnsBed.Address(expected)], _found);
        Assert.False(_collector.TryTakeQuestion(out _));
    }

    [Theory]
    [InlineData("_serf_other._tcp.local.", "n._serf_other._tcp.local.")]
    [InlineData("_serf_tst._udp.local.", "n._serf_tst._udp.local.")]
    [InlineData("_serf_TST._tcp.local.", "n._serf_TST._tcp.local.")]
    [InlineData("_ipp._tcp.local.", "printer._ipp._tcp.local.")]
    [InlineData("_serf_tst._tcp.local.", "printer._ipp._tcp.local.")]
    [InlineData("_serf_tst._tcp.local.", "_serf_tst._tcp.local.")]
    public void Another_cluster_and_any_other_service_is_left_out(string service, string instance)
    {
        Hear(Answer(service, instance, "10.0.0.1"));

        Assert.Empty(_found);
        Assert.False(_collector.TryTakeQuestion(out _));
    }

    [Fact]
    public void Two_nodes_of_one_name_and_one_host_are_two_nodes()
    {
        Hear(Answer(MdnsBed.Service, MdnsBed.Instance, "10.0.0.1"));
        Hear(Answer(MdnsBed.Service, MdnsBed.Instance, "10.0.0.2"));

        Assert.Equal([MdnsBed.Address("10.0.0.1:7946"), MdnsBed.Address("10.0.0.2:7946")], _found);
    }

    [Fact]
    public void What_is_missing_is_asked_for_once_and_may_come_in_other_messages()
    {
        Hear(new DnsBytes(0, Flags, answers: 1)
            .Record(DnsBytes.Name(MdnsBed.Service), 12, DnsBytes.Name(MdnsBed.Instance)).ToArray());

        Assert.True(_collector.TryTakeQuestion(out ReadOnlySpan<byte> name));
        Assert.Equal(DnsBytes.Name(MdnsBed.Instance), name.ToArray());
        Assert.False(_collector.TryTakeQuestion(out _));

        Hear(new DnsBytes(0, Flags, answers: 1).Record(DnsBytes.Name(MdnsBed.Instance), 16, [0]).ToArray());
        Hear(new DnsBytes(0, Flags, answers: 1)
            .Record(DnsBytes.Name(MdnsBed.Instance), 33, Service("h.local.", 99)).ToArray());
        Assert.Empty(_found);
        Hear(new DnsBytes(0, Flags, answers: 1).A("10.0.0.9", DnsBytes.Name("h.local.")).ToArray());

        Assert.Equal([MdnsBed.Address("10.0.0.9:99")], _found);
        Assert.False(_collector.TryTakeQuestion(out _));
    }

    [Fact]
    public void Additional_records_count_and_those_of_the_authority_do_not()
    {
        byte[] answer = Answer(MdnsBed.Service, MdnsBed.Instance, "10.0.0.1");
        (answer[7], answer[11]) = (1, 3);
        Hear(answer);
        (answer[7], answer[9], answer[11]) = (1, 3, 0);
        Hear(answer);

        Assert.Equal([MdnsBed.Address("10.0.0.1:7946")], _found);
    }

    [Fact]
    public void A_node_that_says_goodbye_is_forgotten()
    {
        MdnsResponder responder = new(MdnsBed.New());
        Hear(new DnsBytes(0, Flags, answers: 1)
            .Record(DnsBytes.Name(MdnsBed.Service), 12, DnsBytes.Name(MdnsBed.Instance)).ToArray());
        Hear(responder.Goodbye());

        Assert.False(_collector.TryTakeQuestion(out _));
        Assert.Empty(_found);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.251")]
    [InlineData("255.255.255.255")]
    public void An_address_that_reaches_nobody_is_no_address(string ip)
    {
        Hear(Answer(MdnsBed.Service, MdnsBed.Instance, ip));

        Assert.Empty(_found);
    }

    [Fact]
    public void Questions_and_refusals_tell_nothing()
    {
        byte[] answer = Answer(MdnsBed.Service, MdnsBed.Instance, "10.0.0.1");
        foreach (byte flags in new byte[] { 0x04, 0x8C })
        {
            answer[2] = flags;
            Hear(answer);
        }

        (answer[2], answer[3]) = (0x84, 3);
        Hear(answer);
        Hear(answer.AsSpan(0, 11));

        Assert.Empty(_found);
    }

    [Fact]
    public void A_flood_of_half_told_nodes_is_bounded()
    {
        for (int index = 0; index < 5000; index++)
        {
            Hear(new DnsBytes(0, Flags, answers: 1)
                .Record(DnsBytes.Name($"n{index}.{MdnsBed.Service}"), 16, [0]).ToArray());
        }

        int questionCount = 0;
        while (_collector.TryTakeQuestion(out _))
        {
            questionCount++;
        }

        Assert.Equal(Limits.MdnsFollowUpCountMax, questionCount);
        _collector.Clear();
        Hear(Answer(MdnsBed.Service, MdnsBed.Instance, "10.0.0.1"));
        Assert.Single(_found);
    }

    private static byte[] Service(string host, byte port) => [0, 10, 0, 1, 0, port, .. DnsBytes.Name(host)];

    private static byte[] Answer(string service, string instance, string ip) =>
        new DnsBytes(0, Flags, answers: 4)
            .Record(DnsBytes.Name(service), 12, DnsBytes.Name(instance))
            .Record(DnsBytes.Name(instance), 33, [0, 10, 0, 1, 0x1F, 0x0A, .. DnsBytes.Name("host.")])
            .A(ip, DnsBytes.Name("host."))
            .Record(DnsBytes.Name(instance), 16, [1, (byte)'x'])
            .ToArray();

    private void Hear(ReadOnlySpan<byte> message) => _collector.Accept(message, _found);
}
