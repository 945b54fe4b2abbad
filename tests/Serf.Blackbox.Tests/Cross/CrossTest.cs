using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>
/// The cross matrix: our and the original's command line, each with agents of ours and of the original. Every
/// corner has agents of its own and runs the same script from the same start, so that clocks and counters
/// agree too.
/// </summary>
public abstract class CrossTest : BlackboxTest
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();

    /// <summary>Theirs with theirs first: the others are compared with it.</summary>
    protected Corner[] Corners()
    {
        return new[] { (false, false), (true, false), (false, true), (true, true) }
            .Select((ours, number) => new Corner(
                ours.Item1, ours.Item2, Directory.CreateDirectory(PathOf($"corner{number}")).FullName))
            .ToArray();
    }

    /// <summary>
    /// Starts one agent in every corner, at addresses of one length, so that columns are of one width.
    /// </summary>
    protected void StartEverywhere(Corner[] corners, string name, Func<Corner, string[]>? flags = null)
    {
        string[] addresses = AddressesOfOneLength(corners.Length);
        Parallel.ForEach(corners.Zip(addresses), pair => Start(pair.First, name, pair.Second, flags));
    }

    /// <summary>An agent of the same name, address and flags, whose place it takes.</summary>
    protected void StartAgain(Corner corner, int number, params string[] flags)
    {
        Agent agent = new(corner.AgentBinary, corner.Agents[number].Name, corner.Agents[number].Address,
            flags);
        lock (_gate)
        {
            Keep(agent);
        }

        corner.Agents[number] = agent.Started();
    }

    /// <summary>Runs the script in all corners at the same time and compares them step by step.</summary>
    protected static void RunMatrix(Corner[] corners, CrossCase[] script, DifferenceTable table)
    {
        string[] twice = [.. script.GroupBy(step => step.Name).Where(group => group.Count() > 1).Select(g =>
            g.Key)];
        if (twice.Length > 0)
        {
            throw new InvalidOperationException($"Cases of one name: {string.Join(", ", twice)}");
        }

        Task<List<string?>>[] runs = corners
            .Select(corner =>
                Task.Factory.StartNew(() => Run(corner, script), TaskCreationOptions.LongRunning))
            .ToArray();
        List<string?>[] shown = Task.WhenAll(runs).GetAwaiter().GetResult();
        for (int step = 0; step < script.Length; step++)
        {
            for (int number = 1; number < corners.Length; number++)
            {
                table.Compare(
                    script[step].Name, corners[number].Name, corners[number].Ours,
                    shown[0][step] ?? string.Empty, shown[number][step] ?? string.Empty,
                    script[step].IsUnordered);
            }
        }

        table.AssertWhole();
    }

    protected static string[] AddressesOfOneLength(int count)
    {
        List<string> addresses = [];
        while (addresses.Count < count)
        {
            string address = NextAddress();
            if (addresses.Count > 0 && addresses[0].Length != address.Length)
            {
                addresses.Clear();
            }

            addresses.Add(address);
        }

        return [.. addresses];
    }

    private static List<string?> Run(Corner corner, CrossCase[] script)
    {
        List<string?> shown = [];
        foreach (CrossCase step in script)
        {
            try
            {
                shown.Add(step.Act(corner) is CliResult result ? Shown(corner, step, result) : null);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{step.Name} ({corner.Name}): {exception.Message}",
                    exception);
            }
        }

        return shown;
    }

    private static string Shown(Corner corner, CrossCase step, CliResult result)
    {
        string shown = $"status {result.ExitCode}\n{corner.Masked(result.Output)}"
            + $"--- standard error\n{corner.Masked(result.Error)}";
        return step.IsUnordered ? Masks.Sorted(shown) : shown;
    }

    private void Start(Corner corner, string name, string address, Func<Corner, string[]>? flags)
    {
        corner.Names(address, name);
        Agent agent = new(corner.AgentBinary, name, address, flags?.Invoke(corner) ?? []);
        lock (_gate)
        {
            Keep(agent);
        }

        lock (corner.Agents)
        {
            corner.Agents.Add(agent);
        }

        agent.Started();
    }
}
