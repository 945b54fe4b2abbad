using System;
using System.Collections.Generic;
using System.Threading;

namespace Serf.Simulation;

/// <summary>Many seeds, on several threads: each world has one thread, and no world knows another.</summary>
public sealed class Campaign(ulong first, ulong last)
{
    private readonly Lock _gate = new();
    private readonly List<SimResult> _failures = [];
    private ulong _next = first;
    private bool _exhausted;

    public SimReport Total { get; } = new();

    /// <summary>Ordered by seed, once the campaign has run.</summary>
    public IReadOnlyList<SimResult> Failures => _failures;

    /// <param name="jobs">How many worlds at the same time.</param>
    /// <param name="ended">Told of each world, one at a time.</param>
    public void Run(int jobs, Action<SimResult> ended)
    {
        Thread[] threads = new Thread[jobs];
        for (int index = 0; index < jobs; index++)
        {
            threads[index] = new Thread(() => Work(ended));
            threads[index].Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        _failures.Sort((left, right) => left.Seed.CompareTo(right.Seed));
    }

    private void Work(Action<SimResult> ended)
    {
        while (TryTake(out ulong seed))
        {
            SimResult result = new SimWorld(seed).Run();
            lock (_gate)
            {
                Total.Add(result.Report);
                if (result.Failure is not null)
                {
                    _failures.Add(result);
                }

                ended(result);
            }
        }
    }

    private bool TryTake(out ulong seed)
    {
        lock (_gate)
        {
            seed = _next;
            if (_exhausted || seed > last)
            {
                return false;
            }

            _exhausted = seed == last;
            _next++;
            return true;
        }
    }
}
