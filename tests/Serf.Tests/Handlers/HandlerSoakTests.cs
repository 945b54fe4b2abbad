using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Xunit;
using Xunit.Abstractions;

namespace Serf.Tests.Handlers;

/// <summary>Alone, because it counts what the whole process holds.</summary>
[CollectionDefinition(nameof(HandlerSoakTests), DisableParallelization = true)]
public sealed class HandlerSoak;

[Collection(nameof(HandlerSoakTests))]
public sealed class HandlerSoakTests(ITestOutputHelper output)
{
    private const int RunCount = 10_000;
    private const int HandlerCount = 4;

    [Fact]
    public void Ten_thousand_runs_leave_no_descriptor_no_zombie_and_little_garbage()
    {
        // What earlier tests have left to the collector, and processes of theirs that were not yet waited for,
        // may go meanwhile; nothing may come.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        List<string> descriptorsBefore = Descriptors();
        HashSet<string> childrenBefore = [.. Children().Select(child => child.Id)];
        using (HandlerBed bed = new())
        {
            bed.Configure([.. Enumerable.Range(0, HandlerCount).Select(index => $"*=: {index}")]);
            bed.Runner.Invoke(HandlerBed.User("warm", "payload"));
            bed.Observer.WaitForEnds(HandlerCount);
            long allocatedBefore = bed.Observer.AllocatedBytes;
            long started = Stopwatch.GetTimestamp();

            for (int index = 1; index < RunCount / HandlerCount; index++)
            {
                bed.Runner.Invoke(HandlerBed.User("e", "payload"));
            }

            bed.Observer.WaitForEnds(RunCount);
            double perSecond = RunCount / Stopwatch.GetElapsedTime(started).TotalSeconds;
            double allocated = (bed.Observer.AllocatedBytes - allocatedBefore) / (double)RunCount;
            output.WriteLine($"{perSecond:F0} runs/s, {allocated:F0} bytes allocated per run");
            Assert.Equal(RunCount, bed.Observer.Lines.Count);

            // Most of it is the log line, and the test's own copy of it.
            Assert.InRange(allocated, 0, 1000);
        }

        List<string> descriptors = Descriptors();
        descriptorsBefore.ForEach(target => descriptors.Remove(target));
        Assert.Empty(descriptors);
        Assert.Empty(Children().Where(child => child.State == "Z" && !childrenBefore.Contains(child.Id)));
    }

    // The kinds that handlers use; the runtime opens and closes files of its own.
    private static List<string> Descriptors() => [.. Directory.GetFiles("/proc/self/fd")
        .Select(path => new FileInfo(path).LinkTarget ?? "")
        .Where(target => target.StartsWith("pipe:", StringComparison.Ordinal)
            || target is "anon_inode:[pidfd]" or "anon_inode:[eventfd]")];

    private static List<(string Id, string State, string Name)> Children()
    {
        string parent = Environment.ProcessId.ToString();
        List<(string Id, string State, string Name)> children = [];
        foreach (string folder in Directory.GetDirectories("/proc").Where(path => char.IsDigit(path[^1])))
        {
            try
            {
                // pid (name) state parent ...
                string status = File.ReadAllText(Path.Combine(folder, "stat"));
                int end = status.LastIndexOf(')');
                string[] fields = status[(end + 2)..].Split(' ');
                if (fields[1] == parent)
                {
                    children.Add((Path.GetFileName(folder), fields[0], status[..(end + 1)]));
                }
            }
            catch (IOException)
            {
                // A process that has just gone.
            }
        }

        return children;
    }
}
