using System;
using System.Diagnostics;
using System.Threading;
using Xunit.Sdk;

namespace Serf.Blackbox.Harness;

/// <summary>The one place that waits for what another process does: by looking again, never longer than stated.</summary>
public static class Eventually
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    /// <param name="what">Is waited for.</param>
    /// <param name="limit">The longest wait.</param>
    /// <param name="condition">Is looked at again and again.</param>
    /// <param name="describe">What is told when it was in vain.</param>
    /// <param name="pause">Between two looks, where they cost much.</param>
    /// <returns>How long it took.</returns>
    public static TimeSpan True(
        string what,
        TimeSpan limit,
        Func<bool> condition,
        Func<string>? describe = null,
        TimeSpan? pause = null)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > limit)
            {
                throw new XunitException(
                    $"Not within {limit.TotalSeconds:0.#} seconds: {what}\n{describe?.Invoke() ?? string.Empty}");
            }

            Thread.Sleep(pause ?? _pause);
        }

        return watch.Elapsed;
    }

    /// <summary>Until the value stops changing for <paramref name="quiet"/>, or the limit.</summary>
    public static int Settled(TimeSpan quiet, TimeSpan limit, int enough, Func<int> value)
    {
        Stopwatch watch = Stopwatch.StartNew();
        Stopwatch unchanged = Stopwatch.StartNew();
        int last = value();
        while (last < enough && watch.Elapsed < limit && unchanged.Elapsed < quiet)
        {
            Thread.Sleep(50);
            int next = value();
            if (next != last)
            {
                last = next;
                unchanged.Restart();
            }
        }

        return last;
    }
}
