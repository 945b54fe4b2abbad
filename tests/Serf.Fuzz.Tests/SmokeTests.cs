using System;
using System.Linq;
using Serf.Fuzz.Engine;
using Xunit;

namespace Serf.Fuzz.Tests;

/// <summary>Every target on its seeds and on a few thousand inputs made from them, the same in each run.</summary>
public sealed class SmokeTests
{
    public static TheoryData<string> Names { get; } = [.. FuzzTargets.All.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Everything_holds_for_the_seeds_and_what_is_near_them(string name)
    {
        FuzzTarget target = FuzzTargets.Find(name);
        FuzzLoop loop = new(target, 1, null);
        byte[][] seeds = [.. FuzzTargets.SeedsOf(name)];

        loop.Run(seeds, target.SmokeCount, TimeSpan.FromMinutes(1));

        Assert.True(loop.Found is null, $"{loop.Reason}\n{Convert.ToHexString(loop.Found ?? [])}");
        Assert.InRange(loop.CorpusCount, 2, seeds.Length);
        Assert.InRange(loop.ExecutionCount, target.SmokeCount, int.MaxValue);
    }
}
