using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace Serf.Fuzz.Engine;

/// <summary>
/// Runs one target on its seeds and on what is made from them; inputs that led somewhere new become seeds.
/// Without instrumentation nothing is ever new, and the seeds remain what they were.
/// </summary>
internal sealed class FuzzLoop(FuzzTarget target, int seed, string? wordsPath)
{
    /// <summary>A run that takes longer has run away, on the slowest machine.</summary>
    private static readonly TimeSpan _timeMax = TimeSpan.FromSeconds(1);

    private readonly List<byte[]> _corpus = [];
    private readonly Mutator _mutator = new(seed, target.InputSizeMax, wordsPath);

    public long ExecutionCount { get; private set; }

    public int CorpusCount => _corpus.Count;

    /// <summary>The input for which something did not hold, as short as it could be made; null for none.</summary>
    public byte[]? Found { get; private set; }

    public Exception? Reason { get; private set; }

    public void Run(IEnumerable<byte[]> seeds, long countMax, TimeSpan timeMax)
    {
        foreach (byte[] input in seeds)
        {
            if (input.Length <= target.InputSizeMax && Execute(input))
            {
                _corpus.Add(input);
            }

            if (Found is not null)
            {
                return;
            }
        }

        if (_corpus.Count == 0)
        {
            _corpus.Add([]);
        }

        long start = Stopwatch.GetTimestamp();
        long first = ExecutionCount;
        while (Found is null && ExecutionCount - first < countMax
            && ((ExecutionCount & 63) != 0 || Stopwatch.GetElapsedTime(start) < timeMax))
        {
            byte[] parent = _corpus[_mutator.Next(_corpus.Count)];
            ReadOnlySpan<byte> input = _mutator.Mutate(parent, _corpus[_mutator.Next(_corpus.Count)]);
            if (Execute(input) && wordsPath is not null)
            {
                _corpus.Add(input.ToArray());
            }
        }
    }

    /// <returns>Whether the input is worth keeping.</returns>
    private bool Execute(ReadOnlySpan<byte> input)
    {
        ExecutionCount++;
        Exception? reason = Try(input);
        if (reason is null)
        {
            return wordsPath is null || Coverage.TakeNew();
        }

        Reason = reason;
        Found = Shorten(input.ToArray());
        Coverage.Reset();
        return false;
    }

    private Exception? Try(ReadOnlySpan<byte> input)
    {
        Exception? reason = TryOnce(input);

        // Memory that is kept, code that is compiled, a machine that has other things to do: not twice.
        for (int again = 0; again < 3 && reason is CostException; again++)
        {
            reason = TryOnce(input);
        }

        return reason;
    }

    private Exception? TryOnce(ReadOnlySpan<byte> input)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        try
        {
            target.Run(input);
        }
#pragma warning disable CA1031 // Whatever it is, it is a finding.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception;
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        return allocated > target.AllocationBase + (target.AllocationPerByte * input.Length)
            ? new CostException($"{allocated} bytes allocated for an input of {input.Length}")
            : time > _timeMax ? new CostException($"{time.TotalMilliseconds} ms for an input of {input.Length}")
            : null;
    }

    private byte[] Shorten(byte[] input)
    {
        string text = Reason!.GetType().Name;
        for (int size = Math.Max(1, input.Length / 2); size >= 1; size /= 2)
        {
            for (int start = 0; start + size <= input.Length;)
            {
                byte[] shorter = [.. input.AsSpan(0, start), .. input.AsSpan(start + size)];
                Exception? reason = Try(shorter);
                if (reason is not null && reason.GetType().Name == text)
                {
                    input = shorter;
                    Reason = reason;
                }
                else
                {
                    start += size;
                }
            }
        }

        return input;
    }
}

/// <summary>A run took more memory or time than its input may cost.</summary>
internal sealed class CostException(string text) : Exception(text);
