using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Measured while nothing else runs, or the figures mean nothing.</summary>
[CollectionDefinition("measurements", DisableParallelization = true)]
public sealed class Measurements;

[Collection("measurements")]
public sealed class BinaryTests : BlackboxTest
{
    private const int SizeMax = 9_000_000;
    private const double RatioMax = 0.6;

    [Fact]
    public void The_program_is_one_static_file()
    {
        CliResult result = CliResult.Of("/usr/bin/ldd", Binaries.Ours);

        Assert.Contains("not a dynamic executable", result.Output + result.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, result.ExitCode);
    }

    [Fact]
    public void The_program_is_small()
    {
        Assert.InRange(new FileInfo(Binaries.Ours).Length, 1, SizeMax);
    }

    [PeerFact]
    public void It_starts_in_less_of_the_time_that_the_original_takes()
    {
        const int RoundCount = 201;
        List<double> ours = [];
        List<double> peers = [];
        for (int round = 0; round < RoundCount; round++)
        {
            ours.Add(QuickStart.Time(Binaries.Ours, "version").TotalMilliseconds);
            peers.Add(QuickStart.Time(Binaries.Peer, "version").TotalMilliseconds);
        }

        // The fastest are those that nothing else on the machine has held up.
        double ratio = ours.Min() / peers.Min();
        Assert.True(ratio <= RatioMax, $"{ours.Min():0.00} ms against {peers.Min():0.00} ms: {ratio:0.00}");
    }

    [PeerFact]
    public void It_idles_in_less_of_the_memory_that_the_original_takes()
    {
        const int RoundCount = 5;
        List<double> ours = [];
        List<double> peers = [];
        Agent[] agents = Enumerable.Range(0, RoundCount)
            .SelectMany(round => new[] { Start($"ours{round}"), StartPeer($"peer{round}") })
            .ToArray();
        for (int index = 0; index < agents.Length; index++)
        {
            agents[index].Process.WaitForOutput("Received event: member-join");
            (index % 2 == 0 ? ours : peers).Add(agents[index].Process.ResidentSize);
        }

        double ratio = Median(ours) / Median(peers);
        Assert.True(ratio <= RatioMax, $"{Median(ours):0} against {Median(peers):0} bytes: {ratio:0.00}");
    }

    private static double Median(List<double> values)
    {
        return values.Order().ElementAt(values.Count / 2);
    }
}
