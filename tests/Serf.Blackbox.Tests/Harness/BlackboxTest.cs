using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;

namespace Serf.Blackbox.Harness;

/// <summary>A folder, loopback addresses nobody else uses, and agents that end with the test.</summary>
public abstract class BlackboxTest : IDisposable
{
    private static int _addressCount;
    private readonly List<IDisposable> _running = [];

    protected BlackboxTest()
    {
        Folder = Directory.CreateTempSubdirectory("serf-blackbox-").FullName;
    }

    protected string Folder { get; }

    /// <summary>Runs of these tests side by side differ in the second number, agents of one run in the others.</summary>
    protected static string NextAddress()
    {
        int number = Interlocked.Increment(ref _addressCount);
        return $"127.{10 + (Environment.ProcessId % 240)}.{number / 250}.{1 + (number % 250)}";
    }

    protected Agent Start(string name, params string[] flags) => StartOf(Binaries.Ours, name, flags);

    protected Agent StartPeer(string name, params string[] flags) => StartOf(Binaries.Peer, name, flags);

    protected Agent StartOf(string binary, string name, params string[] flags)
    {
        return Keep(new Agent(binary, name, NextAddress(), flags)).Started();
    }

    protected T Keep<T>(T running)
        where T : IDisposable
    {
        _running.Add(running);
        return running;
    }

    protected string PathOf(string name) => Path.Combine(Folder, name);

    protected string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text.ReplaceLineEndings("\n"));
        return PathOf(name);
    }

    /// <summary>
    /// A handler command that appends one line for each run: event, name, Lamport time and payload, separated by bars.
    /// </summary>
    protected string Recorder(string file)
    {
        string script = Write(file + ".sh", $$"""
            payload=$(cat)
            name=$SERF_USER_EVENT$SERF_QUERY_NAME
            time=$SERF_USER_LTIME$SERF_QUERY_LTIME
            printf '%s|%s|%s|%s\n' "$SERF_EVENT" "$name" "$time" "$payload" >> '{{PathOf(file)}}'
            """);
        return $"sh {script}";
    }

    protected string[] Recorded(string file)
    {
        return File.Exists(PathOf(file)) ? File.ReadAllLines(PathOf(file)) : [];
    }

    protected string[] AwaitRecorded(string file, int count, TimeSpan? limit = null)
    {
        Eventually.True(
            $"{count} lines in {file}",
            limit ?? TimeSpan.FromSeconds(20),
            () => Recorded(file).Length >= count,
            () => $"It holds {Recorded(file).Length}: {string.Join(" ; ", Recorded(file))}\n{DescribeAll()}");
        return Recorded(file);
    }

    protected string DescribeAll()
    {
        return string.Concat(_running.OfType<Agent>().Select(agent => agent.Process.Describe()));
    }

    public void Dispose()
    {
        foreach (IDisposable running in Enumerable.Reverse(_running))
        {
            running.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
