using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Queries that a node of ours starts (spec serf 6.1 to 6.5).</summary>
public sealed class ClusterOwnQueryTests
{
    private static readonly QueryParameters Load = new()
    {
        Name = ByteString.FromText("load"), Payload = "now"u8.ToArray(), RequestAck = true,
    };

    [Fact]
    public void A_query_ends_as_soon_as_every_node_has_answered()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 1);
        RecordingSink sink = Ask(world.Hosts[0], Load);
        Assert.Empty(sink.Lines);
        world.Run(1);
        Assert.All(world.Hosts, host => Assert.Equal(["query: load"], host.Events));
        QueryEvent heard = (QueryEvent)world.Hosts[1].Delivered[0];
        Assert.Equal(
            ("now", "n0", world.Hosts[0].Address),
            (Encoding.ASCII.GetString(heard.Payload!), heard.SourceNode.ToString(), heard.Source));
        Assert.Equal(["n0", "n1", "n2"], sink.Acks);

        Answer(world, 0, "a");
        Answer(world, 1, "b");
        world.Run(0.1);
        Assert.False(sink.IsEnded);
        Answer(world, 2, "c");
        world.Run(0.1);
        Assert.True(sink.IsEnded);
        Assert.Equal(["n0=a", "n1=b", "n2=c"], sink.Answers);

        // What is sent again later finds nobody, and nobody complains.
        world.Run(1);
        Assert.DoesNotContain(world.Hosts[0].Lines, line => line.Contains("query", StringComparison.Ordinal)
            && line.Contains("[Warn]", StringComparison.Ordinal));
    }

    [Fact]
    public void A_query_without_answers_ends_at_its_time()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 2);
        RecordingSink usual = Ask(world.Hosts[0], Load);
        RecordingSink quick = Ask(world.Hosts[0], Load with { Timeout = TimeSpan.FromSeconds(1.5) });
        RecordingSink none = Ask(world.Hosts[0], Load with { Timeout = TimeSpan.FromSeconds(-1) });
        Assert.Equal(TimeSpan.FromSeconds(3.2), world.Hosts[0].Serf.DefaultQueryTimeout);
        world.Run(1.499);
        Assert.Equal((false, false, true), (usual.IsEnded, quick.IsEnded, none.IsEnded));
        world.Run(0.001);
        Assert.Equal((false, true), (usual.IsEnded, quick.IsEnded));
        world.Run(1.699);
        Assert.False(usual.IsEnded);
        world.Run(0.001);
        Assert.True(usual.IsEnded);
        Assert.Equal(["n0", "n1"], usual.Acks);
    }

    [Fact]
    public void Queries_of_one_Lamport_time_keep_their_answers_apart()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 3);
        RecordingSink first = Ask(world.Hosts[0], Load);
        RecordingSink second = Ask(world.Hosts[0], Load with { Payload = null });
        RecordingSink other = Ask(world.Hosts[1], Load);
        world.Run(1);
        foreach (SerfHost host in world.Hosts)
        {
            List<QueryEvent> queries = [.. host.Delivered.OfType<QueryEvent>()];
            Assert.Equal(3, queries.Count);
            Assert.Equal(2, queries.Select(query => query.LamportTime).Distinct().Count());
            Assert.Equal(3, queries.Select(query => query.Id).Distinct().Count());
            Assert.All(queries, query => Assert.InRange(query.Id, 1u, (uint)int.MaxValue));
            foreach (QueryEvent query in queries)
            {
                string text = $"{query.SourceNode}{(query.Payload is null ? "-" : "+")}";
                Assert.Null(host.Serf.Respond(query, Encoding.ASCII.GetBytes(text), world.Now));
            }
        }

        world.Run(0.1);
        Assert.Equal(["n0=n0+", "n1=n0+", "n2=n0+"], first.Answers);
        Assert.Equal(["n0=n0-", "n1=n0-", "n2=n0-"], second.Answers);
        Assert.Equal(["n0=n1+", "n1=n1+", "n2=n1+"], other.Answers);
        Assert.True(first.IsEnded && second.IsEnded && other.IsEnded);
    }

    [Fact]
    public void A_lost_answer_is_made_good_by_its_repetition_and_counts_once()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 4, swim: SwimOptions.Lan with { ProbeInterval = TimeSpan.Zero });
        RecordingSink sink = Ask(world.Hosts[0], Load);
        world.Run(1);
        int lost = 1;
        int arrived = 0;
        world.Net.PacketPasses = (from, to) =>
        {
            bool passes = to != world.Hosts[0] || lost-- <= 0;
            arrived += to == world.Hosts[0] && passes ? 1 : 0;
            return passes;
        };
        Answer(world, 1, "b");
        world.Run(0.2);
        Assert.Empty(sink.Answers);
        world.Run(0.1);
        Assert.Equal(["n1=b"], sink.Answers);
        Assert.Equal(1, arrived);

        // Of the answer that arrives both times, one counts.
        RecordingSink again = Ask(world.Hosts[0], Load with { RequestAck = false });
        world.Run(1);
        arrived = 0;
        Answer(world, 1, "c");
        world.Run(1);
        Assert.Equal(["n1=c"], again.Lines);
        Assert.Equal(2, arrived);
    }

    [Fact]
    public void A_repetition_that_would_come_too_late_is_not_sent()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 5, swim: SwimOptions.Lan with { ProbeInterval = TimeSpan.Zero });
        Ask(world.Hosts[0], Load with { RequestAck = false, Timeout = TimeSpan.FromSeconds(3) });
        world.Run(1);
        QueryEvent query = (QueryEvent)world.Hosts[1].Delivered[0];
        world.Run((query.Deadline - world.Now).TotalSeconds - 0.2);
        List<Instant> sent = [];
        world.Net.PacketPasses = (from, to) =>
        {
            sent.Add(world.Now);
            return true;
        };
        Answer(world, 1, "b");
        Instant answered = world.Now;
        world.Run(1);
        Assert.Equal([answered], sent);
    }

    [Fact]
    public void Who_leaves_or_fails_meanwhile_is_no_longer_waited_for()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 6);
        QueryParameters query = Load with { Timeout = TimeSpan.FromMinutes(5) };
        RecordingSink sink = Ask(world.Hosts[0], query);
        world.Run(1);
        for (int index = 0; index < 2; index++)
        {
            Answer(world, index, "x");
        }

        world.Run(0.5);
        world.Hosts[2].Leave();
        world.Run(8);
        Assert.Equal(MemberStatus.Left, world.Hosts[0].StatusOf("n2"));
        Assert.False(sink.IsEnded);
        world.Kill(world.Hosts[3]);
        world.Run(20);
        Assert.Equal(MemberStatus.Failed, world.Hosts[0].StatusOf("n3"));
        Assert.True(sink.IsEnded);
        Assert.Equal(["n0=x", "n1=x"], sink.Answers);

        // Those that are gone already are not waited for either.
        RecordingSink later = Ask(world.Hosts[0], query);
        world.Run(1);
        Answer(world, 0, "y");
        Answer(world, 1, "y");
        world.Run(0.1);
        Assert.True(later.IsEnded);
    }

    [Fact]
    public void Filters_say_who_answers_and_who_is_waited_for()
    {
        ClusterWorld world = new(7);
        foreach ((string name, string role) in new[] { ("n0", "web"), ("n1", "db"), ("n2", "web") })
        {
            SerfHost host = world.Add(name, ClusterWorld.Plain with { Tags = SerfHost.TagsOf(("role", role)) });
            host.Join(world.Hosts.Take(1).Where(one => one != host));
            world.Run(1);
        }

        world.Run(5);
        world.Hosts.ForEach(host => host.Forget());
        RecordingSink tagged = Ask(world.Hosts[1], Load with { FilterTags = SerfHost.TagsOf(("role", "^w")) });
        RecordingSink named = Ask(world.Hosts[1], Load with { FilterNodes = Names("n2", "nobody") });
        RecordingSink both = Ask(world.Hosts[1], Load with
        {
            FilterNodes = Names("n0", "n1"), FilterTags = SerfHost.TagsOf(("role", "^d"), ("none", "^$")),
        });
        RecordingSink nobody = Ask(world.Hosts[1], Load with { FilterTags = SerfHost.TagsOf(("role", "x")) });
        world.Run(2);
        Assert.Equal(["n0", "n2"], tagged.Acks);
        Assert.Equal(["n2"], named.Acks);
        Assert.Equal(["n1"], both.Acks);
        Assert.True(nobody.IsEnded);
        Assert.Empty(nobody.Lines);
        Assert.False(tagged.IsEnded || named.IsEnded || both.IsEnded);
        Answer(world, 1, "mine");
        world.Run(0.01);
        Assert.True(both.IsEnded);
    }

    [Fact]
    public void The_filters_go_out_as_the_original_writes_them()
    {
        Assert.Equal(
            "92AA0092A3666F6FA3626172B50182A445787072A45E776562A3546167A4726F6C65",
            Convert.ToHexString(QuerySelection.Encode(Load with
            {
                FilterNodes = Names("foo", "bar"), FilterTags = SerfHost.TagsOf(("role", "^web")),
            })));
        Assert.Empty(QuerySelection.Encode(Load));
    }

    [Fact]
    public void A_query_that_cannot_be_answered_is_refused()
    {
        ClusterWorld world = new(8);
        SerfHost host = world.Add("n0");
        Assert.Equal(
            "failed to compile the filter of tag 'role': error parsing regexp: missing closing ): `(`",
            Refusal(host, Load with { FilterTags = SerfHost.TagsOf(("role", "(")) }));
        SerfHost old = world.Add("old", ClusterWorld.Plain with { ProtocolVersion = 3 });
        Assert.Equal("Feature not supported", Refusal(old, Load));
        old.Serf.Shutdown();
        SerfHost gone = world.Add("gone");
        gone.Serf.Shutdown();
        Assert.Equal("Query called after Shutdown", Refusal(gone, Load));
        Assert.Equal("1", host.Stat("query_time"));
        Assert.Equal("0", host.Stat("query_queue"));
    }

    [Fact]
    public void A_query_at_the_size_limit_goes_out_and_one_above_it_does_not()
    {
        ClusterWorld world = new(9);
        SerfHost host = world.Add("n0");
        int most = 0;
        for (int size = 1; Refusal(host, Load with { Payload = new byte[size] }) is null && size < 1024; size++)
        {
            most = size;
            world.Run(4);
        }

        Assert.Equal(
            "query exceeds limit of 1024 bytes", Refusal(host, Load with { Payload = new byte[most + 1] }));
        QueryMessage message = new()
        {
            LamportTime = 1000, Id = int.MaxValue, Address = [10, 0, 0, 1], Port = 7946, SourceNode = "n0"u8,
            Flags = 1, Timeout = 3_200_000_000, Name = "load"u8, Payload = new byte[most],
        };
        Assert.Equal(1024, SerfCodec.SizeOf(message));
    }

    [Fact]
    public void A_ping_ends_with_the_acks_alone()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 10);
        RecordingSink sink = Ask(world.Hosts[0], new()
        {
            Name = ByteString.FromText("_serf_ping"), RequestAck = true,
        });
        world.Run(1);
        Assert.Equal(["n0", "n1", "n2"], sink.Acks);
        Assert.True(sink.IsEnded);
        Assert.Empty(world.Hosts[0].Delivered);
    }

    [Fact]
    public void Answers_to_nothing_and_of_nobody_do_not_count()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 11);
        SerfHost host = world.Hosts[0];
        RecordingSink sink = Ask(host, Load);
        world.Run(1);
        QueryEvent query = (QueryEvent)host.Delivered[0];
        sink.Lines.Clear();
        host.Hear(Response(query.LamportTime, query.Id + 1, "n1", "x"));
        host.Hear(Response(query.LamportTime + 1, query.Id, "n1", "x"));
        host.Hear(Response(query.LamportTime, query.Id, "", "x"));
        host.Hear(Response(query.LamportTime, query.Id, new string('n', Limits.NameSizeMax + 1), "x"));
        Assert.Empty(sink.Lines);
        host.Hear(Response(query.LamportTime, query.Id, "n1", "x"));
        host.Hear(Response(query.LamportTime, query.Id, "n1", "y"));
        Assert.Equal(["n1=x"], sink.Lines);

        // Acks that were not asked for have no place to go.
        RecordingSink silent = Ask(host, Load with { RequestAck = false });
        QueryEvent other = (QueryEvent)host.Delivered[^1];
        host.Hear(Response(other.LamportTime, other.Id, "n1", "", QueryResponseMessage.FlagAck));
        Assert.Empty(silent.Lines);
    }

    [Fact]
    public void Answers_of_strangers_count_and_are_remarked_and_limited()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 12);
        SerfHost host = world.Hosts[0];
        RecordingSink sink = Ask(host, Load with { RequestAck = false });
        QueryEvent query = (QueryEvent)host.Delivered[0];
        for (int number = 0; number < 2 * Limits.QueryStrangerCountMax; number++)
        {
            host.Hear(Response(query.LamportTime, query.Id, "s" + number, "x"));
        }

        Assert.Equal(Limits.QueryStrangerCountMax, sink.Lines.Count);
        Assert.Contains(host.Lines, line => line.Contains("from s0, which is not a member"));
        Assert.Equal(Limits.RefusalLogCountMax, host.Lines.Count(line => line.Contains("not a member")));
        world.Run(1);
        Answer(world, 0, "a");
        Answer(world, 1, "b");
        world.Run(0.1);
        Assert.True(sink.IsEnded);
        Assert.Equal("n1=b", sink.Lines[^1]);
    }

    [Fact]
    public void Only_so_many_queries_run_at_a_time()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 13);
        SerfHost host = world.Hosts[0];
        List<RecordingSink> sinks = [];
        for (int number = 0; number < Limits.PendingQueryCountMax; number++)
        {
            sinks.Add(Ask(host, Load));
        }

        Assert.Equal("too many queries are open", Refusal(host, Load));
        world.Run(3.3);
        Assert.All(sinks, sink => Assert.True(sink.IsEnded));
        Assert.Null(Refusal(host, Load));
    }

    [Fact]
    public void A_shutdown_ends_what_is_open()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 14);
        RecordingSink sink = Ask(world.Hosts[0], Load);
        world.Hosts[0].Serf.Shutdown();
        Assert.True(sink.IsEnded);
    }

    [Fact]
    public void Relays_bring_what_the_direct_way_loses_and_nothing_twice()
    {
        ClusterWorld world = ClusterWorld.Joined(5, 15);
        SerfHost asker = world.Hosts[0];
        RecordingSink sink = Ask(asker, Load with { RelayFactor = 3 });
        world.Net.PacketPasses = (from, to) => from != world.Hosts[1] || to != asker;
        world.Run(1);
        for (int index = 0; index < world.Hosts.Count; index++)
        {
            Answer(world, index, "x");
        }

        world.Run(0.1);
        Assert.Equal(["n0", "n1", "n2", "n3", "n4"], sink.Acks);
        Assert.Equal(["n0=x", "n1=x", "n2=x", "n3=x", "n4=x"], sink.Answers);
        Assert.Equal(10, sink.Lines.Count);
        Assert.True(sink.IsEnded);
    }

    [Fact]
    public void The_node_in_question_is_not_waited_for_in_a_conflict()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 16);
        RecordingSink sink = Ask(world.Hosts[0], new()
        {
            Name = ByteString.FromText("_serf_conflict"), Payload = "n1"u8.ToArray(),
        });
        world.Run(1);
        Assert.Equal(2, sink.Lines.Count);
        Assert.True(sink.IsEnded);
    }

    private static RecordingSink Ask(SerfHost host, QueryParameters parameters)
    {
        RecordingSink sink = new();
        Assert.Null(host.BeginQuery(parameters, sink));
        return sink;
    }

    private static string? Refusal(SerfHost host, QueryParameters parameters) =>
        host.BeginQuery(parameters, new RecordingSink());

    private static ByteString[] Names(params string[] names) => [.. names.Select(ByteString.FromText)];

    private static void Answer(ClusterWorld world, int index, string text)
    {
        SerfHost host = world.Hosts[index];
        QueryEvent query = host.Delivered.OfType<QueryEvent>().Last();
        Assert.Null(host.Serf.Respond(query, Encoding.ASCII.GetBytes(text), world.Now));
    }

    private static byte[] Response(ulong time, uint id, string from, string payload, uint flags = 0)
    {
        QueryResponseMessage response = new()
        {
            LamportTime = time,
            Id = id,
            From = Encoding.ASCII.GetBytes(from),
            Flags = flags,
            Payload = Encoding.ASCII.GetBytes(payload),
        };
        byte[] message = new byte[SerfCodec.SizeOf(response)];
        SerfCodec.Write(response, message);
        return message;
    }
}
