using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>
/// A command line and the agents it is used with; the four corners of the matrix live side by side.
/// </summary>
public sealed class Corner(bool hasOurCli, bool hasOurAgent, string folder)
{
    private readonly Dictionary<string, string> _names = [];

    public string Name =>
        $"{(hasOurCli ? "our" : "their")} command line, {(hasOurAgent ? "our" : "their")} agent";

    public Side Ours => (hasOurCli ? Side.Cli : Side.None) | (hasOurAgent ? Side.Agent : Side.None);

    public string Cli => hasOurCli ? Binaries.Ours : Binaries.Peer;

    public string AgentBinary => hasOurAgent ? Binaries.Ours : Binaries.Peer;

    /// <summary>Its own, for files.</summary>
    public string Folder => folder;

    /// <summary>In the order they were started; commands go to the first unless they say otherwise.</summary>
    public List<Agent> Agents { get; } = [];

    public Agent First => Agents[0];

    /// <summary>An address shall be shown as a name.</summary>
    public void Names(string address, string name) => _names[address] = name;

    /// <summary>Runs a command line with the first agent.</summary>
    public CliResult Run(params string[] arguments) => First.CliOf(Cli, arguments);

    /// <summary>Without an address in the environment, or with other settings.</summary>
    public CliResult RunWith(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        CliResult.Of(Cli, environment, arguments);

    /// <summary>A command that goes on until it is ended.</summary>
    public SerfProcess Open(params string[] arguments) =>
        new(Cli, arguments, new Dictionary<string, string> { ["SERF_RPC_ADDR"] = First.Rpc });

    public string Masked(string text)
    {
        // Longer addresses first: one may begin with another.
        foreach ((string address, string name) in _names.OrderByDescending(pair => pair.Key.Length))
        {
            text = text.Replace(address, $"@{name}", StringComparison.Ordinal);
        }

        return Masks.Moment(text.Replace(folder, "FOLDER", StringComparison.Ordinal));
    }
}
