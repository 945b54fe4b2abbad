using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Serf.Agent.Handlers;
using Serf.Cluster;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Handlers;

/// <summary>Keeps what a runner reports and waits, for a bounded time, for what a test expects.</summary>
internal sealed class RecordingObserver : IHandlerObserver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly object _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(QueryEvent Query, byte[] Output)> _responses = [];

    /// <summary>Bytes allocated so far by the thread that reports.</summary>
    public long AllocatedBytes { get; private set; }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public IReadOnlyList<(QueryEvent Query, byte[] Output)> Responses
    {
        get
        {
            lock (_gate)
            {
                return [.. _responses];
            }
        }
    }

    public void Report(LogLevel level, string text)
    {
        lock (_gate)
        {
            _lines.Add($"{level} {text}");
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
            Monitor.PulseAll(_gate);
        }
    }

    public void Respond(QueryEvent query, byte[] output)
    {
        lock (_gate)
        {
            _responses.Add((query, output));
            Monitor.PulseAll(_gate);
        }
    }

    public void Drained() => Report(LogLevel.Info, "drained");

    public void WaitFor(Func<IReadOnlyList<string>, bool> condition, string what)
    {
        long started = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (!condition(_lines))
            {
                TimeSpan left = Patience - Stopwatch.GetElapsedTime(started);
                bool pulsed = left > TimeSpan.Zero && Monitor.Wait(_gate, left);
                Assert.True(
                    pulsed, $"Waited in vain for {what}; lines:\n{string.Join('\n', _lines.TakeLast(20))}");
            }
        }
    }

    public void WaitForLine(string line) => WaitFor(lines => lines.Contains(line), line);

    public void WaitForLineStarting(string start) =>
        WaitFor(lines => lines.Any(line => line.StartsWith(start, StringComparison.Ordinal)), start);

    /// <summary>Waits for the ends of <paramref name="count"/> runs, whatever their outcome.</summary>
    public void WaitForEnds(int count) => WaitFor(
        lines => lines.Count(line => line.Contains(" script output: ", StringComparison.Ordinal)) >= count,
        $"{count} ends");
}
