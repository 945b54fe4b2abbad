using System;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Cli.Commands;

/// <summary><c>serf event</c> (spec cli 6.2).</summary>
internal sealed class EventCommand : ICommand
{
    private readonly Flag<bool> _coalesce;
    private readonly RpcFlags _rpc;

    public EventCommand()
    {
        _coalesce = Flags.AddBool("coalesce", true);
        _rpc = new(Flags);
    }

    public string Name => "event";

    public string Synopsis => "Send a custom event through the cluster";

    public string Help => """
        Usage: serf event [options] NAME [PAYLOAD]

          Sends a custom user event to every member of the cluster and returns at
          once. Members run their handlers of that name, with the payload on standard
          input. Events are fire and forget: there is no filter, no acknowledgement
          and no answer; "serf query" has them.

        Options:

          -coalesce=true|false      Receivers may merge this event with others of the
                                    same name that arrive close together; only the
                                    last is delivered then. Right for what may be
                                    repeated, such as a deploy or a restart; turn it
                                    off where every single event counts, such as items
                                    for a queue. Default: true.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          Deploy a commit everywhere:

          $ serf event deploy 1a2b3c4

          Add an item to a queue, then a payload that looks like a flag:

          $ serf event -coalesce=false queue-item 4711
          $ serf event -- queue-item -v
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (Flags.Arguments.Length < 1)
        {
            context.Output.Write("An event name must be specified.\n\n" + Help + "\n");
            return 1;
        }

        if (Flags.Arguments.Length > 2)
        {
            context.Output.Write(
                "Too many command line arguments. Only a name and payload must be specified.\n\n"
                + Help + "\n");
            return 1;
        }

        string name = Flags.Arguments[0];
        byte[]? payload = Flags.Arguments.Length == 2 ? ByteText.ToBytes(Flags.Arguments[1]) : null;
        EventRequest request = new(ByteString.FromText(name), payload, _coalesce.Value);
        if (!_rpc.TryAsk(context, "Error sending event: ", client => client.SendEvent(request)))
        {
            return 1;
        }

        string merged = _coalesce.Value ? "true" : "false";
        context.Output.Write("Event '" + name + "' dispatched! Coalescing enabled: " + merged + "\n");
        return 0;
    }
}
