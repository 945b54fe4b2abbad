using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>What either agent logs, at every level, while the same happens to it: agent.md 18.6.</summary>
public sealed class CrossLogTests : CrossTest
{
    // How often these come is chance: clients that wait, probes, the end's race with the own leave.
    private static readonly Regex _chance = new(
        "Accepted client|Failed (UDP )?ping|memberlist: (Suspect|Stream connection)|Received event: member-leave");

    private static readonly AllowedDifference[] _both =
    [
        new("the log.*", Side.Agent, @"TIME \[DEBUG\] serf: message\w+Type: .*\n", string.Empty,
            "names of the original's insides, a line for every packet"),
    ];

    private static readonly AllowedDifference[] _plain =
    [
        .. _both,
        new("the log", Side.Agent, "Failed (UDP )?ping", "Failed ping", "words of later versions"),
        new("the log", Side.Agent, "[Ff]ailed to join @alpha(:1)?:", "failed to join @alpha:",
            "words of 0.10.2-dev, which names the port too"),
        new("the log", Side.Agent, @"TIME .*Initiating push/pull sync with:  @alpha:1\n", string.Empty,
            "told before the connection is made, so that one that fails is seen too"),
        new("the log", Side.Agent, "(?<=failed to decode request header: ).*", "REASON",
            "every decoder has its own words"),
        new("the log", Side.Agent, @"(TIME \[INFO\] agent: Received event: member-update\n)+", "UPDATE\n",
            "the original repeats the last update of a member with every other event of members"),
    ];

    private static readonly AllowedDifference[] _sealed =
    [
        .. _both,
        new("the log of keys", Side.Agent,
            @"[Uu](?=nsupported encryption version)|(?<=encryption version) \d+", string.Empty,
            "words of 0.10.2-dev; the number is only told of streams"),
        new("the log of keys", Side.Agent, "[Ee](?=ncryption is configured)|[Rr](?=equested key|emoving the)",
            string.Empty,
            "words of 0.10.2-dev"),
    ];

    [PeerFact]
    public void Both_agents_log_the_same_lines()
    {
        Corner[] corners = [Corners()[0], Corners()[3]];
        StartEverywhere(corners, "alpha", _ =>
        [
            "-profile=local", "-log-level=trace", "-tag", "role=web",
            "-event-handler=query:load=cat > /dev/null; echo hi",
            "-event-handler=query:load=cat > /dev/null; echo too",
            "-event-handler=user:bad=cat > /dev/null; echo out; exit 3",
            "-event-handler=user:slow=cat > /dev/null; sleep 1.2",
            "-event-handler=query:long=cat > /dev/null; head -c 2000 /dev/zero",
        ]);
        StartEverywhere(corners, "beta", _ => ["-profile=local"]);
        CrossCase[] script =
        [
            CrossCase.Prepare("all", corner =>
            {
                Await(corner, "Received event: member-join");
                Everything(corner);
            }),
            new("the log", Log, IsUnordered: true),
        ];
        RunMatrix(corners, script, new DifferenceTable(_plain));
    }

    [PeerFact]
    public void Both_agents_log_the_same_lines_about_keys()
    {
        Corner[] corners = [Corners()[0], Corners()[3]];
        foreach (string name in new[] { "alpha", "beta" })
        {
            StartEverywhere(corners, name,
                _ => ["-profile=local", "-log-level=trace", $"-encrypt={Keys.First}"]);
        }

        CrossCase[] script =
        [
            CrossCase.Prepare("all", corner =>
            {
                Await(corner, "Received event: member-join");
                corner.First.Run("join", corner.Agents[1].Gossip);
                corner.First.AwaitStatuses("alpha=alive beta=alive", Patience);
                foreach (string[] words in new string[][]
                {
                    ["-list"], ["-install", Keys.Second], ["-use", Keys.Second], ["-remove", Keys.Second],
                    ["-use", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3"], ["-remove", Keys.First],
                    ["-install", "AAAA"],
                    ["-install", "*"],
                })
                {
                    corner.First.Cli(["keys", .. words]);
                }

                byte[] plain = "hello, this is not encrypted at all, and long enough to be looked at"u8.ToArray();
                Datagram(corner.First, plain);
                Stream(corner.First, Agent.GossipPort, plain);
                Eventually.True("both are refused", Patience, () => Count(corner, "[ERR] memberlist: ") >= 2,
                    corner.First.Process.Describe);
                corner.First.Run("leave");
            }),
            new("the log of keys", Log, IsUnordered: true),
        ];
        RunMatrix(corners, script, new DifferenceTable(_sealed));
    }

    private static void Everything(Corner corner)
    {
        Agent alpha = corner.First;
        alpha.Cli("join", $"{alpha.Address}:1");
        alpha.Run("join", corner.Agents[1].Gossip);
        alpha.AwaitStatuses("alpha=alive beta=alive", Patience);
        Eventually.True("it has told of the join", Patience,
            () => Count(corner, "Received event: member-join") == 2);
        foreach (string[] words in new string[][]
        {
            ["event", "-coalesce=false", "deploy", "v1"], ["event", "-coalesce=false", "bad", "x"],
            ["event", new string('x', 600)],
            ["query", "-timeout=1s", "load", "x"], ["query", "-timeout=1s", "-node=alpha", "long"],
            ["query", "-node=beta", "-timeout=300ms", "nothing"], ["query", "_serf_x"],
            ["query", new string('x', 2000)],
            ["keys", "-list"], ["keys", "-install", "AAAA"], ["keys", "-use", Keys.First],
            ["keys", "-remove", Keys.First],
            ["tags", "-set", "a=b"], ["tags", "-set", $"a={new string('x', 600)}"], ["force-leave", "nobody"],
            ["force-leave", "-prune", "nobody"], ["members", "-name=["], ["info"], ["rtt", "beta"],
            ["reachability"],
            ["event", "-coalesce=false", "slow"],
        })
        {
            alpha.Cli(words);
        }

        Strangers(alpha);
        Await(corner, "Script 'cat > /dev/null; sleep 1.2' slow");
        Await(corner, "Received event: member-update");
        corner.Agents[1].Process.Send(Signal.Kill);
        alpha.AwaitStatuses("alpha=alive beta=failed", Patience);
        Await(corner, "Received event: member-failed");
        alpha.Run("force-leave", "beta");
        alpha.AwaitStatuses("alpha=alive beta=left", Patience);
        Await(corner, "Received event: member-leave");
        alpha.Run("force-leave", "-prune", "beta");
        Await(corner, "Received event: member-reap");
        alpha.Run("leave");
        alpha.Process.WaitForExit(Patience);
    }

    /// <summary>Clients of both ports that do not know the language.</summary>
    private static void Strangers(Agent agent)
    {
        using (RpcConnection early = RpcConnection.Raw(agent.Address, Agent.RpcPort))
        {
            early.Call("members");
        }

        using (RpcConnection unknown = agent.Connect())
        {
            unknown.Call("bogus");
        }

        using (RpcConnection twice = agent.Connect())
        {
            twice.Call("handshake", new() { ["Version"] = 1 });
        }

        using (RpcConnection version = RpcConnection.Raw(agent.Address, Agent.RpcPort))
        {
            version.Call("handshake", new() { ["Version"] = 9 });
        }

        Stream(agent, Agent.RpcPort, "garbage"u8.ToArray());
        Stream(agent, Agent.RpcPort, [0x81, 0xa3]);
        Stream(agent, Agent.GossipPort, "garbage"u8.ToArray());
        Datagram(agent, [0]);
        Datagram(agent, [1]);
        Datagram(agent, [11]);
    }

    private static void Stream(Agent agent, int port, byte[] bytes)
    {
        using TcpClient client = new(agent.Address, port);
        NetworkStream stream = client.GetStream();
        stream.Write(bytes);
        client.Client.Shutdown(SocketShutdown.Send);
        client.ReceiveTimeout = 5000;
        try
        {
            while (stream.Read(new byte[1024]) > 0)
            {
            }
        }
        catch (System.IO.IOException)
        {
            // Reset, which is an end too.
        }
    }

    private static void Datagram(Agent agent, byte[] bytes)
    {
        using UdpClient client = new("127.0.0.1", 0);
        client.Client.SendTo(bytes,
            new System.Net.IPEndPoint(System.Net.IPAddress.Parse(agent.Address), Agent.GossipPort));
    }

    private static void Await(Corner corner, string text) =>
        corner.First.Process.WaitForOutput(text, Patience);

    private static int Count(Corner corner, string text) =>
        corner.First.Process.Lines.Count(line => line.Text.Contains(text, StringComparison.Ordinal));

    /// <summary>
    /// All that stands after the banner; of lines that come as often as chance has it, one.
    /// </summary>
    private static CliResult Log(Corner corner)
    {
        int status = corner.First.Process.WaitForExit(Patience);
        string output = corner.Masked(corner.First.Process.Output);

        // The original may end between its last line and the line feed.
        IEnumerable<string> lines = output[output.IndexOf("    TIME", StringComparison.Ordinal)..]
            .TrimEnd('\n')
            .Split('\n')
            .Select(line => Regex.Replace(line.Trim(' '), @"(?<=ID: |LTime: )\d+", "N"))
            .Where(line => !line.Contains("Serf shutdown detected", StringComparison.Ordinal));
        ILookup<bool, string> kinds = lines.ToLookup(line => _chance.IsMatch(line));
        return new CliResult(
            string.Concat(kinds[true].Distinct().Concat(kinds[false]).Select(line => line + "\n")),
            corner.First.Process.Error, status);
    }
}
