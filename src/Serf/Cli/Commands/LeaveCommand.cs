using System;

namespace Serf.Cli.Commands;

/// <summary><c>serf leave</c> (spec cli 6.8).</summary>
internal sealed class LeaveCommand : ICommand
{
    private readonly RpcFlags _rpc;

    public LeaveCommand() => _rpc = new(Flags);

    public string Name => "leave";

    public string Synopsis => "Leave the cluster and stop the agent";

    public string Help => """
        Usage: serf leave [options]

          Makes the agent leave its cluster gracefully and then shut down. Returns when
          that is done, after a few seconds. The other members see the node as "left",
          not as failed, and do not try to reach it.

        Options:

        """ + "\n" + RpcFlags.Help + """


        Examples:

          Stop this machine's agent:

          $ serf leave

          Stop another one, which asks for a token:

          $ serf leave -rpc-addr=10.0.1.5:7373 -rpc-auth-file=/etc/serf/rpc.token
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        Hint.IgnoredArguments(context, Flags.Arguments);
        if (!_rpc.TryAsk(context, "Error leaving: ", static client => client.Leave()))
        {
            return 1;
        }

        context.Output.Write("Graceful leave complete\n");
        return 0;
    }
}
