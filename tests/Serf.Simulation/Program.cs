using System;
using System.Globalization;
using Serf.Simulation.Scale;

namespace Serf.Simulation;

/// <summary>The command <c>serf-sim</c>: one seed in detail, a campaign over many, or one large
/// cluster.</summary>
internal static class Program
{
    private const string Usage =
        "usage: serf-sim -seed N [-log]\n"
        + "       serf-sim -seeds A..B [-jobs N] [-trace]\n"
        + "       serf-sim -nodes N [-converged] [-seed N] [-loss P] [-profile lan|wan|local] [-svg FILE]\n";

    private static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        return Array.IndexOf(arguments, "-nodes") < 0 ? RunSeeds(arguments)
            : ScaleCommand.Run(arguments) ?? Misused();
    }

    private static int Misused()
    {
        Console.Error.Write(Usage);
        return 2;
    }

    private static int RunSeeds(string[] arguments)
    {
        ulong? seed = null;
        (ulong First, ulong Last)? seeds = null;
        int jobs = Environment.ProcessorCount;
        bool logs = false;
        bool traces = false;
        for (int index = 0; index < arguments.Length; index++)
        {
            string value = index + 1 < arguments.Length ? arguments[index + 1] : "";
            switch (arguments[index])
            {
                case "-seed" when ulong.TryParse(value, out ulong number):
                    seed = number;
                    index++;
                    break;
                case "-seeds" when TryParseRange(value, out (ulong First, ulong Last) range):
                    seeds = range;
                    index++;
                    break;
                case "-jobs" when int.TryParse(value, out jobs) && jobs is > 0 and <= 256:
                    index++;
                    break;
                case "-log":
                    logs = true;
                    break;
                case "-trace":
                    traces = true;
                    break;
                default:
                    return Misused();
            }
        }

        if (seed is null == seeds is null)
        {
            return Misused();
        }

        return seed is { } one ? RunOne(one, logs) : RunMany(seeds!.Value, jobs, traces);
    }

    private static bool TryParseRange(string text, out (ulong First, ulong Last) range)
    {
        range = default;
        string[] parts = text.Split("..");
        return parts.Length == 2 && ulong.TryParse(parts[0], out range.First)
            && ulong.TryParse(parts[1], out range.Last) && range.First <= range.Last;
    }

    private static int RunOne(ulong seed, bool logs)
    {
        SimWorld world = new(seed);
        Console.WriteLine(world.Options);
        if (logs)
        {
            world.Log = (host, level, text) => Console.WriteLine(
                $"{(world.Now - SimWorld.Origin).TotalSeconds,10:F4} {host.Name} [{level}] {text}");
        }

        SimResult result = world.Run();
        Console.Write(result.Report);
        Console.WriteLine($"seed {seed} trace {result.Trace:x16}");
        return Conclude(result);
    }

    private static int RunMany((ulong First, ulong Last) seeds, int jobs, bool traces)
    {
        Campaign campaign = new(seeds.First, seeds.Last);
        campaign.Run(jobs, result =>
        {
            if (traces)
            {
                Console.WriteLine($"seed {result.Seed} trace {result.Trace:x16}");
            }

            _ = Conclude(result);
        });
        Console.Write(campaign.Total);
        Console.WriteLine($"{campaign.Failures.Count} seeds failed");
        return campaign.Failures.Count == 0 ? 0 : 1;
    }

    private static int Conclude(SimResult result)
    {
        if (result.Failure is null)
        {
            return 0;
        }

        Console.WriteLine(result.FailureLine);
        return 1;
    }
}
