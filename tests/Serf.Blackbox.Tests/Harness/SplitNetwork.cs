using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Linq;

namespace Serf.Blackbox.Harness;

/// <summary>
/// Two network namespaces with a cable between them that can be cut: then whatever crosses is dropped without a sound,
/// on open connections too. Each half reaches the other through a neighbour whose hardware address is written by hand;
/// the cut replaces it with one that nobody has, so that the kernel still sends and no sender is told of an error.
/// </summary>
/// <remarks>
/// The namespaces live as long as a process in them: one that waits for the end of the tests, and the agents. So they are
/// gone when these have ended, however that comes about.
/// </remarks>
public sealed class SplitNetwork : IDisposable
{
    private const int AddressCount = 9;
    private const string Nobody = "02:00:00:00:00:99";

    private static readonly Lazy<(bool IsOwn, string? Obstacle)> _permission = new(Ask);

    // Where ip is, for users too.
    public static readonly IReadOnlyDictionary<string, string> Surroundings = new Dictionary<string, string>
    {
        ["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin",
    };

    private readonly SerfProcess[] _holders = new SerfProcess[2];
    private readonly string[][] _inside = new string[2][];

    public SplitNetwork()
        : this(_permission.Value.IsOwn)
    {
    }

    /// <param name="isOwn">Whether the namespaces belong to a user namespace of their own, which needs no superuser.</param>
    private SplitNetwork(bool isOwn)
    {
        try
        {
            string[] enter = isOwn ? ["-U", "--preserve-credentials", "-n"] : ["-n"];
            Hold(0, isOwn ? ["unshare", "-U", "-r", "-n"] : ["unshare", "-n"], enter);
            Hold(1, [.. Inside(0), "unshare", "-n"], enter);
            Ip(0, $"link add cable address {Hardware(0)} type veth peer name cable address {Hardware(1)} "
                + $"netns {_holders[1].Id}");
            for (int half = 0; half < 2; half++)
            {
                Ip(half, "link set lo up", "link set cable up");
                Ip(half, [.. Enumerable.Range(1, AddressCount).Select(
                    number => $"address add {Address(half, number)}/32 dev cable")]);
                Connect(half, Hardware(1 - half));
                Ip(half, $"route add {Subnet(1 - half)}.0/24 via {Gateway(1 - half)} dev cable onlink");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why there can be no such network here; null if there can.</summary>
    public static string? Obstacle => _permission.Value.Obstacle;

    /// <summary>The words before a command that make it run in a half.</summary>
    public IReadOnlyList<string> Inside(int half) => _inside[half];

    /// <param name="half">0 or 1.</param>
    /// <param name="number">From 1 on.</param>
    public static string Address(int half, int number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, AddressCount);
        return $"{Subnet(half)}.{number}";
    }

    public void Cut()
    {
        Connect(0, Nobody);
        Connect(1, Nobody);
    }

    public void Heal()
    {
        Connect(0, Hardware(1));
        Connect(1, Hardware(0));
    }

    public void Dispose()
    {
        foreach (SerfProcess? holder in _holders)
        {
            holder?.Dispose();
        }
    }

    private static (bool IsOwn, string? Obstacle) Ask()
    {
        List<string> obstacles = [];
        foreach (bool isOwn in new[] { true, false })
        {
            try
            {
                using SplitNetwork network = new(isOwn);
                return (isOwn, null);
            }
            catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
            {
                obstacles.Add(exception.Message.ReplaceLineEndings(" ").Trim());
            }
        }

        return (true, $"Network namespaces are not permitted here, or ip, unshare or nsenter is missing. "
            + string.Join(" And: ", obstacles));
    }

    private static string Subnet(int half) => $"10.77.{half + 1}";

    private static string Gateway(int half) => $"10.77.0.{half + 1}";

    private static string Hardware(int half) => $"02:00:00:00:00:0{half + 1}";

    private void Hold(int half, string[] command, string[] enter)
    {
        string script = $"echo ready; while kill -0 {Environment.ProcessId}; do sleep 1; done";
        _holders[half] = new SerfProcess(command[0], [.. command[1..], "sh", "-c", script]);
        _holders[half].WaitForOutput("ready\n");
        _inside[half] = ["nsenter", "-t", $"{_holders[half].Id}", .. enter];
    }

    /// <summary>Gives the half's way to the other the hardware address that its packets go to.</summary>
    private void Connect(int half, string hardware)
    {
        Ip(half, $"neighbour replace {Gateway(1 - half)} lladdr {hardware} dev cable nud permanent");
    }

    private void Ip(int half, params string[] commands)
    {
        foreach (string command in commands)
        {
            string[] words = [.. Inside(half), "ip", .. command.Split(' ')];
            CliResult result = CliResult.Of(words[0], Surroundings, words[1..]);
            if (result.ExitCode != 0)
            {
                throw new InvalidOperationException($"ip {command}: {result.ExitCode} {result.Output}{result.Error}");
            }
        }
    }
}
