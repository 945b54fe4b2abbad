using System;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Cli.Commands;

/// <summary><c>serf event</c> (spec cli 6.2).</summary>
internal sealed class EventCommand : ICommand
{
    public string Name => "event";

    public string Synopsis => "Send a custom event through the cluster";

    public string Help => """
        Usage: serf event [options] NAME [PAYLOAD]

          Sends a custom user event to every member of the cluster and returns at once.
          Events are fire and forget: there is no filter, no acknowledgement and no answer.

        Options:

          -coalesce=true            Receivers may merge this event with others of the same name
                                    that arrive close together; only the last is delivered then.
                                    Right for what may be repeated, such as a deploy; turn it
                                    off when every single event counts. Default: true.

        """ + RpcFlags.Help + """


        Examples:

          $ serf event deploy 1a2b3c4
          $ serf event -coalesce=false queue-item 4711
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        Flag<bool> coalesce = flags.AddBool("coalesce", true);
        RpcFlags rpc = new(flags, context);
        if (flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (flags.Arguments.Length < 1)
        {
            context.Output.Write("An event name must be specified.\n\n" + Help + "\n");
            return 1;
        }

        if (flags.Arguments.Length > 2)
        {
            context.Output.Write(
                "Too many command line arguments. Only a name and payload must be specified.\n\n"
                + Help + "\n");
            return 1;
        }

        string name = flags.Arguments[0];
        byte[]? payload = flags.Arguments.Length == 2 ? ByteText.ToBytes(flags.Arguments[1]) : null;
        if (!rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        using (client)
        {
            try
            {
                client.SendEvent(new EventRequest(ByteString.FromText(name), payload, coalesce.Value));
            }
            catch (RpcClientException refusal)
            {
                context.Output.Write("Error sending event: " + refusal.Message + "\n");
                return 1;
            }
        }

        string merged = coalesce.Value ? "true" : "false";
        context.Output.Write("Event '" + name + "' dispatched! Coalescing enabled: " + merged + "\n");
        return 0;
    }
}
