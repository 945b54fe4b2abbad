using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serf.Simulation;
using Xunit;

namespace Serf.Tests.Simulation;

/// <summary>A few seeds of every kind; `make sim` runs as many as there is time for.</summary>
public sealed class SimulationTests
{
    [Fact]
    public void Sixty_four_seeds_hold_and_show_every_fault_and_every_state()
    {
        List<SimResult> results = [];
        Campaign campaign = new(1, 64);

        campaign.Run(Math.Min(2, Environment.ProcessorCount), results.Add);

        Assert.True(
            campaign.Failures.Count == 0,
            string.Join('\n', campaign.Failures.Select(failure => failure.FailureLine)));
        Assert.Equal(64, results.Count);
        Assert.Equal(64, campaign.Total.WorldCount);
        Assert.All(Enum.GetValues<Sight>(), sight => Assert.True(campaign.Total[sight] > 0, sight.ToString()));
        Assert.InRange(campaign.Total.AgreementShareMax, 0.0, 1.0);
        Assert.InRange(campaign.Total.ExamShareMax, 0.0, 1.0);

        // Of the profiles with the full number of transmissions, gossip misses about one node in 1,100.
        Assert.InRange(campaign.Total.AskedCount, 1000, long.MaxValue);
        Assert.InRange(campaign.Total.MissedCount, 0, campaign.Total.AskedCount / 200);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(11)]
    public void The_same_seed_has_the_same_trace(ulong seed)
    {
        SimResult first = new SimWorld(seed).Run();
        SimResult second = new SimWorld(seed).Run();

        Assert.Equal(first.Trace, second.Trace);
        Assert.Equal(first.At, second.At);
        Assert.Equal(first.Report.ToString(), second.Report.ToString());
    }

    [Fact]
    public void Another_seed_has_another_trace()
    {
        Assert.NotEqual(new SimWorld(2).Run().Trace, new SimWorld(5).Run().Trace);
    }

    [Fact]
    public void A_failure_is_one_line_that_says_how_to_see_it_again()
    {
        SimWorld world = new(17);
        world.Schedule(TimeSpan.FromSeconds(1), () => throw new SimFailureException("made up"));

        SimResult result = world.Run();

        Assert.Equal("seed 17 failed after 1.000s: made up (replay: serf-sim -seed 17)", result.FailureLine);
    }

    [Fact]
    public void A_crash_of_the_program_is_a_failure_of_its_seed()
    {
        SimWorld world = new(17);
        world.Schedule(TimeSpan.FromSeconds(1), () => throw new InvalidOperationException("a\nb"));

        SimResult result = world.Run();

        Assert.Contains("InvalidOperationException: a b", result.Failure);
        Assert.DoesNotContain('\n', result.FailureLine);
    }

    [Fact]
    public void The_worlds_differ_in_size_and_in_what_happens()
    {
        List<SimOptions> all = [];
        for (ulong seed = 1; seed <= 400; seed++)
        {
            all.Add(new SimWorld(seed).Options);
        }

        Assert.All(all, options => Assert.InRange(
            options.NodeCount, SimOptions.NodeCountMin, SimOptions.NodeCountMax));
        Assert.Contains(all, options => options.NodeCount < 4);
        Assert.Contains(all, options => options.NodeCount == 5);
        Assert.Contains(all, options => options.NodeCount >= 60);
        Assert.Contains(all, options => options.Loss == 0);
        Assert.Contains(all, options => options.Loss > 0.1);
        Assert.Contains(all, options => options.Keys is null);
        Assert.Contains(all, options => options.Keys?.ToString().Contains('+') == true);
        Assert.True(all.Select(options => options.ToString()).Distinct().Count() == all.Count);
        Assert.Contains("nodes=", all[0].ToString().ToString(CultureInfo.InvariantCulture));
    }
}
