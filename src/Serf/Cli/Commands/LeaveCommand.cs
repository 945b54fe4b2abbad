using System;

namespace Serf.Cli.Commands;

/// <summary><c>serf leave</c> (spec cli 6.8).</summary>
internal sealed class LeaveCommand : ICommand
{
    public string Name => "leave";

    public string Synopsis => "Leave the cluster and stop the agent";

    public string Help => """
        Usage: serf leave [options]

          Makes the agent leave its cluster gracefully and then exit. Returns when that is
          done, after a few seconds. The other members see the node as "left", not as failed,
          and do not try to reach it.

        Options:


        """ + RpcFlags.Help + """


        Examples:

          $ serf leave
          $ serf leave -rpc-addr=10.0.1.5:7373 -rpc-auth=secret
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        RpcFlags rpc = new(flags, context);
        if (flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (!rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        using (client)
        {
            try
            {
                client.Leave();
            }
            catch (RpcClientException refusal)
            {
                context.Output.Write("Error leaving: " + refusal.Message + "\n");
                return 1;
            }
        }

        context.Output.Write("Graceful leave complete\n");
        return 0;
    }
}
