using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Serf.Cluster;
using Serf.Net;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Net;

public sealed class NameServerTests
{
    // Long enough for a busy machine to answer itself, short enough to be waited for where it is to pass.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void A_server_that_answers_questions_of_any_kind_only_gives_all_its_addresses_in_its_order()
    {
        using TestNameServer server = new(question => TestReply.Of(question.Type == DnsMessage.TypeAny
            ? DnsBytes.Answer(question, "2600::1", "10.0.0.2", "10.0.0.1")
            : DnsBytes.Error(question, 4)));

        Assert.Equal("[2600::1]:7 10.0.0.2:7 10.0.0.1:7", Found(server));
        Assert.Equal(1, server.ConnectionCount);
    }

    // NOTIMP, REFUSED, and an answer of another kind: what servers do today with such a question.
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(0)]
    public void A_server_that_refuses_questions_of_any_kind_gives_both_kinds_of_address(int code)
    {
        using TestNameServer server = new(question => TestReply.Of(question.Type switch
        {
            DnsMessage.TypeA => DnsBytes.Answer(question, "10.0.0.1", "10.0.0.2"),
            DnsMessage.TypeAaaa => DnsBytes.Answer(question, "2600::1"),
            _ when code == 0 => new DnsBytes(question.Id, questions: 1, answers: 1)
                .Question(question.Name, question.Type)
                .Record(DnsBytes.QuestionName, 13, [1, 65, 1, 66])
                .ToArray(),
            _ => DnsBytes.Error(question, code),
        }));

        Assert.Equal("10.0.0.1:7 10.0.0.2:7 [2600::1]:7", Found(server));
    }

    [Fact]
    public void A_chain_of_aliases_leads_to_its_addresses()
    {
        using TestNameServer server = new(question => TestReply.Of(
            new DnsBytes(question.Id, questions: 1, answers: 3)
                .Question(question.Name, question.Type)
                .Record(DnsBytes.QuestionName, 5, DnsBytes.Name("b.example"))
                .Record(DnsBytes.Name("b.example"), 5, DnsBytes.Name("c.example"))
                .A("10.0.0.9", DnsBytes.Name("c.example"))
                .ToArray()));

        Assert.Equal("10.0.0.9:7", Found(server));
    }

    [Fact]
    public void A_server_that_closes_after_each_answer_is_dialled_for_each_question()
    {
        using TestNameServer server = new(question => TestReply.Of(
            question.Type == DnsMessage.TypeAny
                ? DnsBytes.Answer(question, "10.0.0.3")
                : DnsBytes.Error(question, 5),
            closes: true));

        Assert.Equal("10.0.0.3:7", Found(server));
        Assert.Equal(3, server.ConnectionCount);
    }

    [Fact]
    public void An_answer_in_single_bytes_is_put_together()
    {
        using TestNameServer server = new(
            question => TestReply.Slowly(DnsBytes.Answer(question, "10.0.0.1", "10.0.0.2")));

        Assert.Equal("10.0.0.1:7 10.0.0.2:7", Found(server));
    }

    [Fact]
    public void The_largest_answer_arrives_whole()
    {
        string[] ips = [.. Enumerable.Range(0, 4000).Select(number => $"10.1.{number / 250}.{number % 250}")];
        using TestNameServer server = new(question => question.Type == DnsMessage.TypeA
            ? TestReply.Of(DnsBytes.Answer(question, ips))
            : TestReply.Of(DnsBytes.Answer(question)));

        Assert.Equal(Limits.NameAddressCountMax, Found(server).Split(' ').Length);
    }

    [Theory]
    [InlineData("node.example")]
    [InlineData("node.example.")]
    public void The_questions_are_the_three_kinds_from_the_root_with_recursion_desired(string name)
    {
        using TestNameServer server = new(question => TestReply.Of(DnsBytes.Error(question, 3)));

        Assert.StartsWith(
            $"the name server {server.EndPoint} has no address: A error 3, AAAA error 3, ANY error 3",
            FaultOf(server, _limit, name),
            StringComparison.Ordinal);
        Assert.All(server.Questions, question =>
            Assert.Equal(("node.example.", 0x0100, 0), (question.Name, question.Flags, question.Rest)));
        Assert.Equal(
            [DnsMessage.TypeA, DnsMessage.TypeAaaa, DnsMessage.TypeAny], server.Questions.Select(question => question.Type));
        Assert.Equal(3, server.Questions.Select(question => question.Id).Distinct().Count());
    }

    [Fact]
    public void Hostile_answers_give_no_address_and_a_reason()
    {
        using TestNameServer wrongId = new(question => TestReply.Of(DnsBytes.Answer(
            question with { Id = (ushort)(question.Id + 77) }, "10.0.0.1")));
        using TestNameServer empty = new(_ => TestReply.Of([]));
        using TestNameServer shortLength = new(_ => new TestReply([[0, 1, 7]]));
        using TestNameServer loop = new(question => TestReply.Of(
            new DnsBytes(question.Id, answers: 1).A("10.0.0.1", [0xC0, 12]).ToArray()));
        using TestNameServer counts = new(question => TestReply.Of(
            new DnsBytes(question.Id, questions: 65535, answers: 65535).ToArray()));
        using TestNameServer cut = new(question => new TestReply([TestReply.Framed(DnsBytes.Answer(question, "10.0.0.1"))[..20]], true));
        using TestNameServer closes = new(_ => TestReply.Close);

        Assert.EndsWith("an answer to no question", FaultOf(wrongId, _limit), StringComparison.Ordinal);
        Assert.EndsWith("an answer to no question", FaultOf(empty, _limit), StringComparison.Ordinal);
        Assert.EndsWith("an answer to no question", FaultOf(shortLength, _limit), StringComparison.Ordinal);
        Assert.EndsWith("A bad answer, AAAA bad answer, ANY bad answer", FaultOf(loop, _limit), StringComparison.Ordinal);
        Assert.EndsWith("A bad answer, AAAA bad answer, ANY bad answer", FaultOf(counts, _limit), StringComparison.Ordinal);
        Assert.EndsWith(": EOF", FaultOf(cut, _limit), StringComparison.Ordinal);
        Assert.EndsWith(": EOF", FaultOf(closes, _limit), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_never_answers_costs_its_limit_once_for_all_names_of_a_join()
    {
        using TestNameServer server = new(_ => TestReply.Nothing);
        NameServer client = new(server.Path, _short, CancellationToken.None);
        long start = Stopwatch.GetTimestamp();

        Assert.Equal($"read tcp {server.EndPoint}: i/o timeout", client.TryLookUp("a.example", 7, out _));
        TimeSpan first = Stopwatch.GetElapsedTime(start);
        Assert.Equal("the name server has failed before", client.TryLookUp("b.example", 7, out List<NodeAddress> found));

        Assert.Empty(found);
        Assert.InRange(first, _short, _limit);
        Assert.Equal(1, server.ConnectionCount);
    }

    [Fact]
    public void A_server_that_stops_in_the_middle_of_an_answer_costs_its_limit()
    {
        using TestNameServer server = new(question => question.Type == DnsMessage.TypeA
            ? new TestReply([TestReply.Framed(DnsBytes.Answer(question, "10.0.0.1"))[..40]])
            : TestReply.Nothing);

        Assert.Equal($"read tcp {server.EndPoint}: i/o timeout", FaultOf(server, _short));
    }

    [Fact]
    public void What_was_answered_before_the_limit_is_used()
    {
        using TestNameServer server = new(question => question.Type == DnsMessage.TypeA
            ? TestReply.Of(DnsBytes.Answer(question, "10.0.0.1"))
            : TestReply.Nothing);

        Assert.Null(new NameServer(server.Path, _short, CancellationToken.None)
            .TryLookUp("a.example", 7, out List<NodeAddress> found));
        Assert.Equal("10.0.0.1:7", Assert.Single(found).ToString());
    }

    [Fact]
    public void A_server_that_does_not_take_the_connection_costs_its_limit()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Parse("127.0.52.1"), 0));
        listener.Listen(0);
        List<Socket> queue = [];
        try
        {
            // Once the queue is full the system answers nobody.
            for (int count = 0; count < 4; count++)
            {
                Socket waiting = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                queue.Add(waiting);
                BeginConnect(waiting, listener.LocalEndPoint!);
            }

            string path = WriteFile($"nameserver {listener.LocalEndPoint}\n");
            Assert.Equal(
                $"dial tcp {listener.LocalEndPoint}: i/o timeout",
                new NameServer(path, _short, CancellationToken.None).TryLookUp("a.example", 7, out _));
            File.Delete(path);
        }
        finally
        {
            queue.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public void A_refused_dial_and_a_missing_server_are_told()
    {
        string refusing = WriteFile("nameserver 127.0.52.2:1\n");
        string none = WriteFile("search example\n");

        Assert.Equal(
            "dial tcp 127.0.52.2:1: connect: connection refused",
            new NameServer(refusing, _limit, CancellationToken.None).TryLookUp("a.example", 7, out _));
        Assert.Equal(
            $"no name server in {none}", new NameServer(none, _limit, CancellationToken.None).TryLookUp("a.example", 7, out _));
        File.Delete(none);
        Assert.Equal(
            $"no name server in {none}", new NameServer(none, _limit, CancellationToken.None).TryLookUp("a.example", 7, out _));
        File.Delete(refusing);
    }

    [Theory]
    [InlineData("nameserver 127.0.0.9", "127.0.0.9:53")]
    [InlineData("nameserver 127.0.0.9:54", "127.0.0.9:54")]
    [InlineData("nameserver\t::1 # local", "[::1]:53")]
    [InlineData("nameserver [::1]:54", "[::1]:54")]
    [InlineData("nameserver fe80::1%eth0", "[fe80::1]:53")]
    [InlineData("# nameserver 1.1.1.1\n;nameserver 1.1.1.2\nnameservers 1.1.1.3\nsearch a\r\n  nameserver 9.9.9.9\r\nnameserver 8.8.8.8", "9.9.9.9:53")]
    [InlineData("nameserver example\nnameserver 8.8.8.8", null)]
    [InlineData("nameserver 8.8.8.8:x", null)]
    [InlineData("nameserver", null)]
    [InlineData("", null)]
    public void The_first_name_server_of_the_file_is_used(string text, string? expected)
    {
        Assert.Equal(expected is not null, NameServerFile.TryParse(text, out NodeAddress server));
        Assert.Equal(expected ?? ":0", server.ToString());
    }

    [Fact]
    public void Every_address_of_a_name_becomes_a_target_and_names_without_a_dot_are_not_asked_for()
    {
        using TestNameServer server = new(question => TestReply.Of(question.Name switch
        {
            "two.example." when question.Type == DnsMessage.TypeA => DnsBytes.Answer(question, "10.0.0.1", "10.0.0.2"),
            "two.example." => DnsBytes.Answer(question, "2600::1"),
            _ => DnsBytes.Error(question, 3),
        }));
        List<string> reports = [];
        Resolver resolver = new(reports.Add, server.Path, _limit);

        IReadOnlyList<JoinTarget> targets = resolver.Resolve(
            ["two.example", "node/two.example.:9", "localhost", "127.0.0.1", "[::1]:3", "300.1.1.1"], 8301);

        Assert.Equal(
            [
                "10.0.0.1:8301", "10.0.0.2:8301", "[2600::1]:8301", "10.0.0.1:9", "10.0.0.2:9", "[2600::1]:9",
                "127.0.0.1:8301", "127.0.0.1:8301", "[::1]:3", "300.1.1.1",
            ],
            targets.Select(target => target.Text));
        Assert.Empty(reports);
        Assert.All(server.Questions, question => Assert.Equal("two.example.", question.Name));
    }

    [Fact]
    public void A_name_the_server_does_not_know_is_asked_of_the_system()
    {
        using TestNameServer server = new(question => TestReply.Of(DnsBytes.Answer(question)));
        List<string> reports = [];

        JoinTarget target = Assert.Single(new Resolver(reports.Add, server.Path, _limit).Resolve(["nosuch.invalid"], 1));

        Assert.StartsWith("failed to resolve nosuch.invalid: lookup nosuch.invalid: ", target.Fault, StringComparison.Ordinal);
        Assert.Equal(
            "memberlist: no address of nosuch.invalid over TCP, the system is asked: "
            + $"the name server {server.EndPoint} has no address: A none, AAAA none, ANY none",
            Assert.Single(reports));
    }

    [Fact]
    public async Task A_resolver_that_is_disposed_of_waits_for_no_server_and_tells_nothing()
    {
        using ManualResetEventSlim asked = new(false);
        using TestNameServer server = new(_ =>
        {
            asked.Set();
            return TestReply.Nothing;
        });
        Resolver resolver = new(_ => { }, server.Path, TimeSpan.FromHours(1));
        Assert.True(resolver.TryBegin(["a.example"], 1, _ => Assert.Fail("told after the end")));
        Task<IReadOnlyList<JoinTarget>> waiting = Task.Run(() => resolver.Resolve(["b.example"], 1));
        Assert.True(asked.Wait(_limit));

        resolver.Dispose();

        IReadOnlyList<JoinTarget> targets = await waiting.WaitAsync(_limit);
        Assert.Equal("failed to resolve b.example: lookup b.example: operation was canceled", Assert.Single(targets).Fault);
        Assert.False(resolver.TryBegin(["c.example"], 1, _ => Assert.Fail("told after the end")));
    }

    private static void BeginConnect(Socket socket, EndPoint target)
    {
        try
        {
            socket.Connect(target);
        }
        catch (SocketException exception)
        {
            Assert.Contains(exception.SocketErrorCode, new[] { SocketError.WouldBlock, SocketError.InProgress });
        }
    }

    private static string WriteFile(string text)
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, text);
        return path;
    }

    private static string Found(TestNameServer server)
    {
        Assert.Null(new NameServer(server.Path, _limit, CancellationToken.None)
            .TryLookUp("node.example", 7, out List<NodeAddress> found));
        return string.Join(' ', found);
    }

    private static string FaultOf(TestNameServer server, TimeSpan limit, string name = "node.example")
    {
        string? fault = new NameServer(server.Path, limit, CancellationToken.None)
            .TryLookUp(name, 7, out List<NodeAddress> found);
        Assert.Empty(found);
        return Assert.IsType<string>(fault);
    }
}
