using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Net;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Net;

public sealed class DnsMessageTests
{
    private const ushort Id = 0x1234;
    private static readonly TestQuestion _question = new(Id, 0, "node.example.", DnsMessage.TypeAny, 0);

    [Theory]
    [InlineData("node.example")]
    [InlineData("node.example.")]
    public void A_question_is_for_the_name_from_the_root_with_recursion_desired(string name)
    {
        byte[] query = new byte[DnsMessage.QuerySizeMax];

        int size = DnsMessage.WriteQuery(query, Id, name, DnsMessage.TypeAny);

        Assert.Equal(
            "1234 0100 0001 0000 0000 0000 046E6F6465 076578616D706C65 00 00FF 0001".Replace(" ", "", StringComparison.Ordinal),
            Convert.ToHexString(query.AsSpan(0, size)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a..")]
    [InlineData("n\u00e9.example")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234.example")]
    public void A_name_without_a_form_makes_no_question(string name) =>
        Assert.Equal(0, DnsMessage.WriteQuery(new byte[DnsMessage.QuerySizeMax], Id, name, DnsMessage.TypeA));

    [Fact]
    public void The_longest_name_and_label_fit_and_one_letter_more_does_not()
    {
        string label = new('a', 63);
        string longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        byte[] query = new byte[DnsMessage.QuerySizeMax];

        Assert.Equal(DnsMessage.QuerySizeMax, DnsMessage.WriteQuery(query, Id, longest, DnsMessage.TypeA));
        Assert.Equal(longest + ".", DnsBytes.Parse(query).Name);
        Assert.Equal(0, DnsMessage.WriteQuery(query, Id, longest + "b", DnsMessage.TypeA));
    }

    [Fact]
    public void All_addresses_of_both_kinds_are_taken_once_and_everything_else_is_passed_over()
    {
        byte[] message = new DnsBytes(Id, questions: 1, answers: 8)
            .Question("node.example", DnsMessage.TypeAny)
            .Record(DnsBytes.QuestionName, 5, DnsBytes.Name("other.example"))
            .A("10.0.0.1", DnsBytes.Name("other.example"))
            .Aaaa("2600::1")
            .Record(DnsBytes.QuestionName, 16, [3, 1, 2, 3])
            .A("10.0.0.2")
            .A("10.0.0.1")
            .Aaaa("::ffff:10.0.0.3")
            .Record(DnsBytes.QuestionName, 1, [1, 2, 3], kind: 3)
            .ToArray();

        Assert.Equal(
            ["10.0.0.1:7", "[2600::1]:7", "10.0.0.2:7", "10.0.0.3:7"], Accepted(message).Select(item => item.ToString()));
    }

    [Fact]
    public void An_answer_of_aliases_alone_has_no_address() => Assert.Empty(Accepted(
        new DnsBytes(Id, answers: 1).Record(DnsBytes.Name("a.b"), 5, DnsBytes.Name("c.d")).ToArray()));

    [Fact]
    public void Sections_after_the_answers_are_not_read()
    {
        byte[] message = [.. DnsBytes.Answer(_question, "10.0.0.1"), 0xFF, 0xFF, 0xFF];
        message[9] = 200;
        message[11] = 200;

        Assert.Single(Accepted(message));
    }

    [Fact]
    public void An_answer_cut_off_anywhere_is_malformed_and_leaves_no_address()
    {
        byte[] message = DnsBytes.Answer(_question, "10.0.0.1", "2600::1");
        for (int size = 0; size < message.Length; size++)
        {
            List<NodeAddress> found = [];

            Assert.Equal(DnsAnswer.Malformed, DnsMessage.Read(message.AsSpan(0, size), Id, 7, found, out _));
            Assert.Empty(found);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void A_count_the_message_does_not_hold_is_malformed(int offset)
    {
        byte[] message = DnsBytes.Answer(_question, "10.0.0.1");
        message[offset] = 0xFF;
        message[offset + 1] = 0xFF;

        Assert.Equal(DnsAnswer.Malformed, Read(message));
    }

    // The first answer's name stands at offset 12: to itself, forward, into the header, and past the end.
    [Theory]
    [InlineData(0xC0, 12)]
    [InlineData(0xC0, 14)]
    [InlineData(0xC0, 0)]
    [InlineData(0xFF, 0xFF)]
    [InlineData(0x40, 0)]
    [InlineData(0x80, 0)]
    public void A_name_that_is_no_name_is_malformed(byte first, byte second) => Assert.Equal(
        DnsAnswer.Malformed, Read(new DnsBytes(Id, answers: 1).A("10.0.0.1", [first, second]).ToArray()));

    [Fact]
    public void Pointers_to_each_other_are_malformed()
    {
        // A label and a pointer back to it, and two pointers that lead to each other.
        Assert.Equal(DnsAnswer.Malformed, Read(new DnsBytes(Id, answers: 1).A("10.0.0.1", [1, 65, 0xC0, 12]).ToArray()));
        Assert.Equal(
            DnsAnswer.Malformed,
            Read(new DnsBytes(Id, answers: 2).A("10.0.0.1", [0xC0, 28]).A("10.0.0.1", [0xC0, 12]).ToArray()));
    }

    [Fact]
    public void A_name_that_grows_beyond_the_limit_through_pointers_is_malformed()
    {
        // Each name is a label of sixty letters and a pointer to the name before: the fifth has 306 bytes.
        DnsBytes message = new(Id, answers: 5);
        byte[] label = [60, .. Enumerable.Repeat((byte)'a', 60)];
        int at = 12;
        int before = -1;
        for (int index = 0; index < 5; index++)
        {
            byte[] name = before < 0 ? [.. label, 0] : [.. label, (byte)(0xC0 | (before >> 8)), (byte)before];
            message.A("10.0.0.1", name);
            before = at;
            at += name.Length + 14;
        }

        byte[] five = message.ToArray();
        byte[] four = [.. five];
        four[7] = 4;

        Assert.Equal(DnsAnswer.Malformed, Read(five));
        Assert.Equal(DnsAnswer.Accepted, Read(four));
    }

    [Fact]
    public void An_address_of_another_size_is_malformed()
    {
        Assert.Equal(DnsAnswer.Malformed, Read(new DnsBytes(Id, answers: 1).Record([0], 1, new byte[5]).ToArray()));
        Assert.Equal(DnsAnswer.Malformed, Read(new DnsBytes(Id, answers: 1).Record([0], 28, new byte[4]).ToArray()));
        Assert.Equal(DnsAnswer.Malformed, Read(new DnsBytes(Id, answers: 1).Record([0], 1, new byte[4], size: 400).ToArray()));
    }

    [Theory]
    [InlineData(Id + 1, 0x8180)]
    [InlineData(Id, 0x0180)]
    [InlineData(Id, 0x9180)]
    public void An_answer_to_something_else_is_unrelated(int id, int flags) =>
        Assert.Equal(DnsAnswer.Unrelated, Read(new DnsBytes((ushort)id, (ushort)flags).ToArray()));

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void An_error_of_the_server_is_told_with_its_number(int code)
    {
        Assert.Equal(DnsAnswer.Refused, DnsMessage.Read(DnsBytes.Error(_question, code), Id, 7, [], out int told));
        Assert.Equal(code, told);
    }

    [Fact]
    public void The_largest_answer_is_read_up_to_the_limit_of_addresses()
    {
        DnsBytes answer = new(Id, answers: 4000);
        for (int index = 0; index < 4000; index++)
        {
            answer.A($"10.0.{index / 250}.{index % 250}", [0]);
        }

        byte[] message = answer.ToArray();

        Assert.InRange(message.Length, 59_000, Limits.NameServerAnswerSizeMax);
        Assert.Equal(Limits.NameAddressCountMax, Accepted(message).Count);
    }

    private static DnsAnswer Read(byte[] message) => DnsMessage.Read(message, Id, 7, [], out _);

    private static List<NodeAddress> Accepted(byte[] message)
    {
        List<NodeAddress> found = [];
        Assert.Equal(DnsAnswer.Accepted, DnsMessage.Read(message, Id, 7, found, out int code));
        Assert.Equal(0, code);
        return found;
    }
}
