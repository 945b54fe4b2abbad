using System;
using System.Diagnostics;
using System.Threading;

namespace Serf.Blackbox.Soak;

/// <summary>The time since the beginning of a soak, for all that goes on in it, and its end.</summary>
public sealed class SoakClock(TimeSpan length) : IDisposable
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly CancellationTokenSource _end = new();

    public TimeSpan Length => length;

    public TimeSpan Now => _watch.Elapsed;

    public bool IsOver => _end.IsCancellationRequested;

    /// <summary>Ends early, such as when one of the parts has failed.</summary>
    public void End() => _end.Cancel();

    /// <returns>Whether the soak goes on; false at once when it ends meanwhile.</returns>
    public bool Pause(TimeSpan time)
    {
        TimeSpan left = length - Now;
        return left > TimeSpan.Zero && !_end.Token.WaitHandle.WaitOne(time < left ? time : left) && Now < length;
    }

    /// <summary>The same, for a time by chance between two.</summary>
    public bool Pause(Random chance, double secondsMin, double secondsMax)
    {
        return Pause(TimeSpan.FromSeconds(secondsMin + (chance.NextDouble() * (secondsMax - secondsMin))));
    }

    public void Dispose() => _end.Dispose();
}
