using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Serf.Net;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Net;

/// <summary>Answers by multicast DNS (spec agent 12.1 and 12.2).</summary>
public sealed class MdnsResponderTests
{
    private readonly MdnsResponder _responder = new(MdnsBed.New());

    [Fact]
    public void Every_recorded_question_has_the_recorded_answers_byte_for_byte()
    {
        foreach (JsonElement vector in MdnsBed.Vectors)
        {
            string name = vector.GetProperty("name").GetString()!;

            // The original takes an answer for a question.
            IEnumerable<string> expected = name == "response flag"
                ? []
                : vector.GetProperty("answers").EnumerateArray().Select(answer => answer.GetString()!);
            List<byte[]> answers = MdnsBed.Answers(
                new MdnsResponder(MdnsBed.Of(vector)), MdnsBed.Bytes(vector.GetProperty("question")));

            Assert.Equal(
                expected.Prepend(name), answers.Select(Convert.ToHexStringLower).Prepend(name));
        }
    }

    [Fact]
    public void The_goodbye_is_the_one_record_that_leads_to_the_node_and_has_no_time_to_live()
    {
        Assert.Equal(
            "000084000000000100000000" + "095f736572665f747374045f746370056c6f63616c00" + "000c0001" + "00000000"
            + "0009" + "06706565722d62c00c",
            Convert.ToHexStringLower(_responder.Goodbye()));
    }

    [Fact]
    public void A_message_of_many_questions_is_answered_in_one_packet_of_bounded_size()
    {
        DnsBytes message = new(1, 0, questions: 1000);
        message.Question(MdnsBed.Service, 255);
        for (int index = 1; index < 1000; index++)
        {
            message.Number(0xC00C).Number(255).Number(1);
        }

        byte[] answer = Assert.Single(MdnsBed.Answers(_responder, message.ToArray()));

        int recordCount = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6));
        Assert.InRange(answer.Length, 500, Limits.MdnsAnswerSizeMax);
        Assert.InRange(recordCount, 16, 4 * Limits.MdnsQuestionCountMax);
        Assert.True(DnsReader.TryOpen(answer, out DnsReader reader));
        for (int index = 0; index < recordCount; index++)
        {
            Assert.True(reader.TryReadRecord(out _));
        }

        Assert.False(reader.TryReadRecord(out _));
    }

    [Fact]
    public void A_message_that_breaks_off_is_answered_to_no_part()
    {
        byte[] whole = new DnsBytes(1, 0, questions: 2)
            .Question(MdnsBed.Service, 12).Question(MdnsBed.Instance, 16).ToArray();

        Assert.Single(MdnsBed.Answers(_responder, whole));
        for (int size = 0; size < whole.Length; size++)
        {
            Assert.Empty(MdnsBed.Answers(_responder, whole.AsSpan(0, size)));
        }
    }

    [Fact]
    public void A_name_that_points_at_itself_is_answered_to_nobody()
    {
        byte[] loop = new DnsBytes(1, 0, questions: 1).Number(0xC00C).Number(12).Number(1).ToArray();
        byte[] pair = new DnsBytes(1, 0, questions: 1)
            .Number(0xC00E).Number(0xC00C).Number(12).Number(1).ToArray();

        Assert.Empty(MdnsBed.Answers(_responder, loop));
        Assert.Empty(MdnsBed.Answers(_responder, pair));
    }

    [Fact]
    public void A_node_of_a_long_name_answers_too_and_under_another_name_than_its_like()
    {
        string alike = new('n', 80);
        MdnsService one = MdnsBed.ServiceOf("tst", alike + "1", new string('h', 64), "10.0.0.1:7946");
        MdnsService two = MdnsBed.ServiceOf("tst", alike + "2", "h", "10.0.0.2:7946");

        Assert.NotEqual(one.Instance, two.Instance);
        Assert.Equal(63, one.Instance[0]);
        Assert.Equal(63, one.Host[0]);
        Assert.Single(MdnsBed.Answers(new MdnsResponder(one), MdnsBed.Question(MdnsBed.Service, 12)));
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData(".")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567")]
    public void A_cluster_whose_name_fits_no_DNS_name_has_no_service(string cluster)
    {
        Assert.Null(MdnsService.TryCreate(cluster, "n", "h", MdnsBed.Address("10.0.0.1:7946")));
    }

    [Fact]
    public void A_cluster_whose_name_just_fits_has_one()
    {
        Assert.NotNull(MdnsService.TryCreate(new string('c', 57), "n", "", MdnsBed.Address("10.0.0.1:7946")));
    }

    [Fact]
    public void In_one_second_one_address_is_answered_so_often_and_all_together_so_often()
    {
        MdnsReplyLimit limit = new();
        Instant now = new(7);
        NodeAddress victim = MdnsBed.Address("10.0.0.1:1000");
        int toVictim = Enumerable.Range(0, 500)
            .Count(port => limit.Allows(victim.WithPort((ushort)(port + 1)), now));
        int toOthers = Enumerable.Range(0, 5000)
            .Count(number => limit.Allows(NodeAddress.FromIPv4(0x0B000000 + (uint)number, 1), now));

        Assert.Equal(Limits.MdnsAnswersToOneCountMax, toVictim);
        Assert.Equal(Limits.MdnsAnswerCountMax - Limits.MdnsAnswersToOneCountMax, toOthers);
        Assert.True(limit.Allows(victim, now + TimeSpan.FromSeconds(1)));
    }
}
