using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Cli.Commands;

/// <summary><c>serf join</c> (spec cli 6.5).</summary>
internal sealed class JoinCommand : ICommand
{
    private readonly Flag<bool> _replay;
    private readonly RpcFlags _rpc;

    public JoinCommand()
    {
        _replay = Flags.AddBool("replay");
        _rpc = new(Flags);
    }

    public string Name => "join";

    public string Synopsis => "Tell the agent to join a cluster";

    public string Help => """
        Usage: serf join [options] ADDRESS ...

          Asks the agent to join a cluster by contacting one or more of its members.
          All addresses are tried; one that answers is enough, and the agent learns of
          all other members from it. An address is a host or host:port; the port is
          that of gossip, 7946 unless given.

        Options:

          -replay                   Deliver user events that the cluster remembers from
                                    before this join. Default: false.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          Join through one member:

          $ serf join 10.0.1.5

          Join through whichever of two answers, and catch up on events:

          $ serf join -replay 10.0.1.5:7946 10.0.1.6:7946
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (Flags.Arguments.IsEmpty)
        {
            context.Output.Write("At least one address to join must be specified.\n\n" + Help + "\n");
            return 1;
        }

        List<ByteString> addresses = [];
        foreach (string address in Flags.Arguments)
        {
            addresses.Add(ByteString.FromText(address));
        }

        int count = 0;
        JoinRequest request = new(addresses, _replay.Value);
        if (!_rpc.TryAsk(context, "Error joining the cluster: ", client => count = client.Join(request)))
        {
            return 1;
        }

        context.Output.Write(string.Create(
            CultureInfo.InvariantCulture, $"Successfully joined cluster by contacting {count} nodes.\n"));
        return 0;
    }
}
