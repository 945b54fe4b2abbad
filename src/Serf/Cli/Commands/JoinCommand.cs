using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Cli.Commands;

/// <summary><c>serf join</c> (spec cli 6.5).</summary>
internal sealed class JoinCommand : ICommand
{
    public string Name => "join";

    public string Synopsis => "Tell the agent to join a cluster";

    public string Help => """
        Usage: serf join [options] ADDRESS ...

          Asks the agent to join a cluster by contacting one or more of its members. All
          addresses are tried; one that answers is enough. The agent learns of all other
          members from it.

        Options:

          -replay                   Deliver user events that the cluster remembers from before
                                    this join. Default: false.

        """ + RpcFlags.Help + """


        Examples:

          $ serf join 10.0.1.5
          $ serf join -replay 10.0.1.5:7946 10.0.1.6:7946
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        Flag<bool> replay = flags.AddBool("replay");
        RpcFlags rpc = new(flags, context);
        if (flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (flags.Arguments.IsEmpty)
        {
            context.Output.Write("At least one address to join must be specified.\n\n" + Help + "\n");
            return 1;
        }

        List<ByteString> addresses = [];
        foreach (string address in flags.Arguments)
        {
            addresses.Add(ByteString.FromText(address));
        }

        if (!rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        int count;
        using (client)
        {
            try
            {
                count = client.Join(new JoinRequest(addresses, replay.Value));
            }
            catch (RpcClientException refusal)
            {
                context.Output.Write("Error joining the cluster: " + refusal.Message + "\n");
                return 1;
            }
        }

        context.Output.Write(string.Create(
            CultureInfo.InvariantCulture, $"Successfully joined cluster by contacting {count} nodes.\n"));
        return 0;
    }
}
