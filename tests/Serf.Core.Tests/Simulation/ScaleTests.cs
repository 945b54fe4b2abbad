using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;
using Serf.Primitives;
using Serf.Simulation.Scale;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Simulation;

/// <summary>Large clusters, but small ones; `serf-sim -nodes N` runs them as large as they are meant.</summary>
public sealed class ScaleTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_cluster_hears_a_broadcast_and_finds_its_crashed_nodes(bool isConverged)
    {
        ScaleResult result = Run(new ScaleOptions { NodeCount = 200, IsConverged = isConverged });

        Assert.Null(result.Failure);
        Assert.InRange(result.Spread!.TimeOf(1)!.Value, 0.2, 2);
        Assert.Equal(2, result.FirstSuspicions.Count);
        Assert.Equal(2, result.FirstDeaths.Count);

        // A probe that fails takes its interval; the shortest suspicion takes 4 x log10(200) of them.
        Assert.All(result.FirstSuspicions, seconds => Assert.InRange(seconds, 1, 10));
        Assert.All(result.FirstDeaths, seconds => Assert.InRange(seconds, 1 + 9.2, 30));
        Assert.InRange(result.Deaths!.TimeOf(1)!.Value, result.FirstDeaths[^1], result.FirstDeaths[^1] + 3);
        Assert.Equal(0, result.WronglyDeadCount);
        Assert.Equal(0, result.WronglySuspectedCount);
        Assert.Equal(isConverged, result.Joins is null);
        Assert.True(isConverged || result.Joins!.TimeOf(1) < 60);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_seed_does_the_same_and_another_does_not(bool isConverged)
    {
        ScaleOptions options = new() { NodeCount = 60, IsConverged = isConverged, Loss = 0.02, Seed = 7 };
        ScaleOptions other = new() { NodeCount = 60, IsConverged = isConverged, Loss = 0.02, Seed = 8 };

        string first = Run(options).ToString();

        Assert.Contains(" seed 7, ", first);
        Assert.Contains(", trace ", first);
        Assert.Equal(first, Run(options).ToString());
        Assert.NotEqual(Run(options).Trace, Run(other).Trace);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.2)]
    public void A_shared_table_makes_no_difference_to_what_the_nodes_do(double loss)
    {
        // Loss makes wrong suspicions and their refutations, as long as no stream finds them wrong first.
        SwimOptions swim = SwimOptions.Lan with { DisableTcpPings = true };
        ScaleResult shared = Run(
            new ScaleOptions { NodeCount = 40, IsConverged = true, Loss = loss, Swim = swim });
        ScaleResult apart = Run(
            new ScaleOptions { NodeCount = 40, IsConverged = true, Loss = loss, Swim = swim, IsShared = false });

        Assert.Equal(loss > 0, shared.WronglySuspectedCount > 0);
        Assert.Equal(apart.Trace, shared.Trace);
        Assert.Equal(apart.ToString(), shared.ToString());
    }

    [Fact]
    public void At_rest_a_node_sends_one_ping_and_one_ack_in_every_probe_interval()
    {
        ScaleResult result = Run(new ScaleOptions { NodeCount = 100, IsConverged = true });

        ScaleTraffic rest = result.Traffic.Single(part => part.Phase == "rest");
        Assert.Equal(10, rest.Seconds);
        Assert.InRange(rest.PacketsPerNode, 19.9, 20.1);
    }

    [Fact]
    public void Loss_costs_more_packets_and_makes_nobody_suspect_while_streams_pass()
    {
        ScaleResult result = Run(new ScaleOptions { NodeCount = 50, IsConverged = true, Loss = 0.2 });

        ScaleTraffic rest = result.Traffic.Single(part => part.Phase == "rest");
        Assert.Null(result.Failure);
        Assert.InRange(rest.PacketsPerNode, 21, 60);
        Assert.True(rest.StreamCount > 0);
        Assert.Equal(0, result.WronglySuspectedCount);
    }

    [Fact]
    public void A_member_is_copied_once_and_by_the_node_that_changes_it()
    {
        BaseMembers members = new([.. Enumerable.Range(0, 5)
            .Select(number => ScaleHost.MemberOf(number, SwimOptions.Lan, isShared: true))]);
        ScaleWorld world = new(new ScaleOptions { NodeCount = 5 });
        SwimNode first = NewNode(world, 0);
        SwimNode second = NewNode(world, 1);
        first.StartConverged(members, ScaleWorld.Origin);
        second.StartConverged(members, ScaleWorld.Origin);
        ReadOnlySpan<byte> accused = "n00003"u8;
        Assert.Same(members.Find(accused), first.Find(accused));

        Accuse(first, accused, "n00002"u8);
        Member? own = first.Find(accused);
        Accuse(first, accused, "n00004"u8);

        Assert.Same(own, first.Find(accused));
        Assert.Contains(own, first.Members);
        Assert.Equal(5, first.Members.Distinct().Count());
        Assert.Equal(MemberState.Suspect, own!.State);
        Assert.Same(members.Find(accused), second.Find(accused));
        Assert.Contains(members.Find(accused), second.Members);
        Assert.Equal(MemberState.Alive, second.Find(accused)!.State);
    }

    [Fact]
    public void A_member_of_the_base_that_was_forgotten_stays_forgotten_and_may_come_back()
    {
        MemberTable table = new();
        Prng prng = new(1);
        Member[] all = [.. Enumerable.Range(0, 3)
            .Select(number => ScaleHost.MemberOf(number, SwimOptions.Lan, isShared: true))];
        table.Stand(new BaseMembers(all), ref prng);
        Member gone = table.Own(all[1]);
        table.SetState(gone, MemberState.Dead, ScaleWorld.Origin);

        Tombstones tombstones = new(countMax: 8);
        Instant later = ScaleWorld.Origin + TimeSpan.FromSeconds(2);
        table.Reap(all[0], TimeSpan.FromSeconds(1), tombstones, later);

        Assert.Null(table.Find(gone.Name.Span));
        Assert.Equal(2, table.Count);
        Assert.Equal(2, table.AliveCount);

        Member again = new(gone.Name);
        table.Add(again, ref prng);

        Assert.Same(again, table.Find(gone.Name.Span));
        Assert.Equal(3, table.Count);
    }

    [Fact]
    public void The_curve_knows_when_its_parts_were_reached()
    {
        Instant start = new(5);
        ScaleCurve curve = new(200, start);

        for (int second = 1; second <= 199; second++)
        {
            curve.Add(start + TimeSpan.FromSeconds(second));
        }

        Assert.False(curve.IsComplete);
        Assert.Equal(100, curve.TimeOf(0.5));
        Assert.Equal(198, curve.TimeOf(0.99));
        Assert.Null(curve.TimeOf(0.9999));
        curve.Remove();
        curve.Add(start + TimeSpan.FromSeconds(300));
        curve.Add(start + TimeSpan.FromSeconds(301));
        Assert.True(curve.IsComplete);
        Assert.Equal(301, curve.TimeOf(1));
        Assert.Equal((301, 1), curve.Points[^1]);
    }

    [Fact]
    public void The_chart_has_a_panel_for_each_part_with_axes_and_a_legend()
    {
        ScaleResult result = Run(new ScaleOptions { NodeCount = 50 });

        XDocument chart = XDocument.Parse(ScaleChart.Draw(result));

        List<string> texts = [.. chart.Descendants().Where(element => element.Name.LocalName == "text")
            .Select(element => element.Value)];
        Assert.Contains("50 nodes that join one after the other", texts);
        Assert.Contains("nodes informed", texts);
        Assert.Contains("s since it was sent", texts);
        Assert.Equal(3, texts.Count(text => text == "100 %" ) / 2);
        Assert.Equal(12, chart.Descendants().Count(element => element.Name.LocalName == "circle"));
    }

    private static ScaleResult Run(ScaleOptions options) => new ScaleRun(options).Run();

    private static SwimNode NewNode(ScaleWorld world, int number) => new ScaleHost(
        world, number, SwimOptions.Lan, new PacketReader([]), new PacketWriter([], compress: true), 1).Node;

    private static void Accuse(SwimNode node, ReadOnlySpan<byte> accused, ReadOnlySpan<byte> accuser)
    {
        Suspect suspect = new() { Incarnation = 1, Node = accused, From = accuser };
        byte[] packet = new byte[SwimCodec.SizeOf(suspect)];
        SwimCodec.Write(suspect, packet);
        node.Receive(ScaleHost.AddressOf(2), packet, ScaleWorld.Origin);
    }
}
