using System;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Cli.Commands;

/// <summary>
/// <c>serf force-leave</c> (spec cli 6.3). Success says nothing, as in the original, but a name that no
/// member has, or one that is alive, brings a hint.
/// </summary>
internal sealed class ForceLeaveCommand : ICommand
{
    private readonly Flag<bool> _prune;
    private readonly RpcFlags _rpc;

    public ForceLeaveCommand()
    {
        _prune = Flags.AddBool("prune");
        _rpc = new(Flags);
    }

    public string Name => "force-leave";

    public string Synopsis => "Mark a failed member as left";

    public string Help => """
        Usage: serf force-leave [options] NODE

          Moves a failed member to the state "left": it is not expected back, and
          nobody tries to reach it again. Without this, the cluster keeps trying for
          the reconnect timeout (24 hours by default) and then removes the member. A
          node that is alive after all comes back by itself.

        Options:

          -prune                    Also remove the member from the list of members.
                                    Default: false.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          Give up a machine that will not come back:

          $ serf force-leave web-3

          The same, and forget that it ever was there:

          $ serf force-leave -prune web-3.old.example.net
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (Flags.Arguments.Length != 1)
        {
            context.Output.Write("A node name must be specified to force leave.\n\n" + Help + "\n");
            return 1;
        }

        ByteString node = ByteString.FromText(Flags.Arguments[0]);
        string? hint = null;
        bool isDone = _rpc.TryAsk(context, "Error force leaving: ", client =>
        {
            // Before it, since a pruned member is in no list any more.
            hint = HintFor(client, node);
            client.ForceLeave(new ForceLeaveRequest(node, _prune.Value));
        });
        if (isDone && hint is not null)
        {
            Hint.Write(context, hint);
        }

        return isDone ? 0 : 1;
    }

    private static string? HintFor(RpcClient client, ByteString node)
    {
        try
        {
            RpcMember? member = client.Members().Find(member => member.Name.Equals(node));
            return member?.Status switch
            {
                null => $"the agent knows no member named {GoText.Quote(node.Span)}",
                "alive" => $"{GoText.Quote(node.Span)} is alive, and a node that is alive comes back",
                _ => null,
            };
        }
        catch (RpcClientException)
        {
            // What matters comes next, and says the same.
            return null;
        }
    }
}
