using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Serf.Swim;

namespace Serf.Simulation.Scale;

/// <summary><c>serf-sim -nodes N</c>: one large cluster, its figures, and its curve if asked for.</summary>
internal sealed class ScaleCommand
{
    private int _nodeCount;
    private ulong _seed = 1;
    private double _loss;
    private bool _isConverged;
    private SwimOptions _swim = SwimOptions.Lan;
    private string? _chart;

    /// <returns>The exit code, or null when the arguments make no sense.</returns>
    public static int? Run(string[] arguments)
    {
        ScaleCommand command = new();
        return command.TryParse(arguments) ? command.Run() : null;
    }

    private bool TryParse(string[] arguments)
    {
        bool isValid = true;
        for (int index = 0; index < arguments.Length && isValid; index++)
        {
            string value = index + 1 < arguments.Length ? arguments[index + 1] : "";
            if (arguments[index] == "-converged")
            {
                _isConverged = true;
                continue;
            }

            index++;
            isValid = arguments[index - 1] switch
            {
                "-nodes" => int.TryParse(value, out _nodeCount),
                "-seed" => ulong.TryParse(value, out _seed),
                "-loss" => double.TryParse(value, CultureInfo.InvariantCulture, out _loss)
                    && _loss is >= 0 and < 1,
                "-profile" => TrySetProfile(value),
                "-svg" => (_chart = value).Length > 0,
                _ => false,
            };
        }

        return isValid && _nodeCount is >= ScaleOptions.NodeCountMin and <= ScaleOptions.NodeCountMax;
    }

    private bool TrySetProfile(string name)
    {
        SwimOptions? found = name switch
        {
            "lan" => SwimOptions.Lan,
            "wan" => SwimOptions.Wan,
            "local" => SwimOptions.Local,
            _ => null,
        };
        _swim = found ?? _swim;
        return found is not null;
    }

    private int Run()
    {
        long begin = Stopwatch.GetTimestamp();
        ScaleRun run = new(new ScaleOptions
        {
            NodeCount = _nodeCount, Seed = _seed, Loss = _loss, IsConverged = _isConverged, Swim = _swim,
        });
        ScaleResult result = run.Run(part => Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(begin).TotalSeconds,7:F1} s wall: {part.Phase} over after "
            + $"{part.Seconds:F2} virtual s, {part.PacketCount} packets")));
        Console.Write(result);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s wall time, "
            + $"{Environment.CpuUsage.TotalTime.TotalSeconds:F1} s of processor time, {PeakMemory()} peak memory"));
        if (_chart is not null)
        {
            File.WriteAllText(_chart, ScaleChart.Draw(result));
        }

        if (result.Failure is not null)
        {
            Console.WriteLine($"failed: {result.Failure}");
        }

        return result.Failure is null ? 0 : 1;
    }

    private static string PeakMemory()
    {
        const string Name = "VmHWM:";
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith(Name, StringComparison.Ordinal))
            {
                long kibibytes = long.Parse(line.AsSpan(Name.Length).Trim(" \tkB"), CultureInfo.InvariantCulture);
                return string.Create(CultureInfo.InvariantCulture, $"{kibibytes / 1024} MiB");
            }
        }

        return "unknown";
    }
}
