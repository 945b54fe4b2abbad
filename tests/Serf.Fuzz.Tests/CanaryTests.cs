using System;
using System.IO;
using Serf.Fuzz.Engine;
using Xunit;

namespace Serf.Fuzz.Tests;

/// <summary>The fuzzer finds what was planted for it, and it is the coverage that leads it there.</summary>
public sealed class CanaryTests : IDisposable
{
    private const int SeedCount = 8;
    private const long CountMax = 500_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("serf-fuzz-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_planted_fault_is_found_by_coverage_and_not_without()
    {
        Instrumenter.Write(_folder);
        string words = Path.Combine(_folder, Instrumenter.WordsFile);
        InstrumentedContext context = new(_folder);

        // What the code under test looks like decides the way; some numbers lead there late.
        bool isFound = false;
        for (int seed = 1; seed <= SeedCount && !isFound; seed++)
        {
            isFound = (long)context.Call(typeof(Canary), nameof(Canary.Hunt), seed, CountMax, words)! >= 0;
            Assert.Equal(-1, Canary.Hunt(seed, CountMax, words));
        }

        Assert.True(isFound);
    }
}
