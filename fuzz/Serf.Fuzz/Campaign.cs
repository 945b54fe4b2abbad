using System;
using System.Diagnostics;
using System.IO;
using Serf.Fuzz.Engine;

namespace Serf.Fuzz;

/// <summary>A search in the instrumented copy.</summary>
public static class Campaign
{
    /// <param name="folder">Where the words are and findings go.</param>
    /// <param name="seconds">For each target.</param>
    /// <param name="seed">The same seed gives the same inputs.</param>
    /// <param name="only">The one target; empty for all in turn.</param>
    /// <returns>0, or 1 when something was found.</returns>
    public static int Run(string folder, int seconds, int seed, string only)
    {
        int status = 0;
        BlockReport blocks = new(folder);
        string words = Path.Combine(folder, Instrumenter.WordsFile);
        foreach ((string name, FuzzTarget target) in FuzzTargets.All)
        {
            if (only.Length > 0 && only != name)
            {
                continue;
            }

            Coverage.Forget();
            FuzzLoop loop = new(target, seed, words);
            long start = Stopwatch.GetTimestamp();
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            loop.Run(FuzzTargets.SeedsOf(name), long.MaxValue, TimeSpan.FromSeconds(seconds));
            double took = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine(
                $"{name,-10} {loop.ExecutionCount,10} runs {loop.ExecutionCount / took,8:F0}/s "
                + $"{Coverage.EdgeCount,6} edges {blocks.Note(name)} blocks {loop.CorpusCount,6} kept "
                + $"{(Environment.CpuUsage.TotalTime - processor).TotalSeconds,6:F0} s of processor "
                + $"{(GC.GetAllocatedBytesForCurrentThread() - allocated) / loop.ExecutionCount,8} bytes/run");
            if (loop.Found is not null)
            {
                status = 1;
                string path = Path.Combine(folder, $"{name}-{Convert.ToHexString(
                    System.Security.Cryptography.SHA256.HashData(loop.Found))[..12]}.bin");
                File.WriteAllBytes(path, loop.Found);
                Console.WriteLine($"{name}: {loop.Reason}");
                Console.WriteLine($"{Convert.ToHexString(loop.Found)}\nreplay {name} {path}");
            }
        }

        Console.Write(blocks.Total());
        return only.Length > 0 && !FuzzTargets.All.Exists(entry => entry.Name == only)
            ? throw new ArgumentException("no such target: " + only)
            : status;
    }
}
