using System;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Cli.Commands;

/// <summary><c>serf force-leave</c> (spec cli 6.3).</summary>
internal sealed class ForceLeaveCommand : ICommand
{
    public string Name => "force-leave";

    public string Synopsis => "Mark a failed member as left";

    public string Help => """
        Usage: serf force-leave [options] NODE

          Moves a failed member to the state "left": nobody tries to reach it again. Without
          this, the cluster keeps trying for the reconnect timeout (24 hours by default) and
          then removes the member. A node that is alive after all comes back by itself.

        Options:

          -prune                    Also remove the member from the list of members.
                                    Default: false.

        """ + RpcFlags.Help + """


        Examples:

          $ serf force-leave web-3
          $ serf force-leave -prune web-3.old.example.net
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        Flag<bool> prune = flags.AddBool("prune");
        RpcFlags rpc = new(flags, context);
        if (flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (flags.Arguments.Length != 1)
        {
            context.Output.Write("A node name must be specified to force leave.\n\n" + Help + "\n");
            return 1;
        }

        ByteString node = ByteString.FromText(flags.Arguments[0]);
        if (!rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        using (client)
        {
            try
            {
                client.ForceLeave(new ForceLeaveRequest(node, prune.Value));
            }
            catch (RpcClientException refusal)
            {
                context.Output.Write("Error force leaving: " + refusal.Message + "\n");
                return 1;
            }
        }

        return 0;
    }
}
