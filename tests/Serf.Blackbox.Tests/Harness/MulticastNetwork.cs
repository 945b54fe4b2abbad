using System;

namespace Serf.Blackbox.Harness;

/// <summary>
/// The two namespaces of a <see cref="SplitNetwork"/> as one network with multicast: what one sends to a group reaches the
/// other over the cable, by IPv4 and by IPv6.
/// </summary>
public sealed class MulticastNetwork : IDisposable
{
    /// <summary>The interface, in both.</summary>
    public const string Interface = "cable";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly SplitNetwork _network = new();

    /// <param name="hasIPv6">Without it there is no IPv6 at all.</param>
    /// <param name="hasRoute">Without it the system has no way to IPv4 groups unless the interface is named.</param>
    public MulticastNetwork(bool hasIPv6 = true, bool hasRoute = true)
    {
        try
        {
            for (int half = 0; half < 2; half++)
            {
                if (hasRoute)
                {
                    Run(half, "ip", "route", "add", "224.0.0.0/4", "dev", Interface);
                }

                if (!hasIPv6)
                {
                    Run(half, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
                }
            }

            // An address of the link may not be used before the kernel knows that nobody else has it.
            for (int half = 0; half < 2 && hasIPv6; half++)
            {
                int asked = half;
                Eventually.True(
                    "the address of the link is settled",
                    _patience,
                    () => Run(asked, "ip", "-6", "address", "show", "dev", Interface, "tentative").Length == 0
                        && Run(asked, "ip", "-6", "address", "show", "dev", Interface).Length > 0);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>An agent on one side.</summary>
    /// <param name="number">From 1 on; the address of no other agent on this side.</param>
    public Agent Start(string binary, string name, int half, int number, params string[] flags)
    {
        Agent agent = Prepare(binary, name, half, number, flags);
        try
        {
            return agent.Started();
        }
        catch
        {
            agent.Dispose();
            throw;
        }
    }

    /// <summary>The same without waiting for it.</summary>
    public Agent Prepare(string binary, string name, int half, int number, params string[] flags) => new(
        binary, name, SplitNetwork.Address(half, number), ["-log-level=debug", .. flags],
        inside: _network.Inside(half));

    public void Dispose() => _network.Dispose();

    private string Run(int half, params string[] words)
    {
        string[] whole = [.. _network.Inside(half), .. words];
        CliResult result = CliResult.Of(whole[0], SplitNetwork.Surroundings, whole[1..]);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"{string.Join(' ', words)}: {result.Output}{result.Error}");
    }
}
