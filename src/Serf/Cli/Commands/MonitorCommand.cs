using System;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli.Commands;

/// <summary><c>serf monitor</c> (spec cli 6.10).</summary>
internal sealed class MonitorCommand : ICommand
{
    private readonly Flag<string> _format;
    private readonly Flag<string> _level;
    private readonly RpcFlags _rpc;

    public MonitorCommand()
    {
        _format = Flags.AddText("format", "text");
        _level = Flags.AddText("log-level", "INFO");
        _rpc = new(Flags);
    }

    public string Name => "monitor";

    public string Synopsis => "Print the agent's log and the cluster's events as they come";

    public string Help => """
        Usage: serf monitor [options]

          Prints the agent's recent log lines, then new ones as they are written, and
          every event of the cluster, until it is interrupted. The level is independent
          of the agent's own: lines the agent does not show itself can be watched here.

        Options:

          -format=text|json         How to print it; json is one object in each line,
                                    {"log": LINE} or an event. Default: text.
          -log-level=trace|debug|info|warn|err
                                    Lowest level of log lines to show, in any case.
                                    Default: info.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          See what another agent does, more than it logs itself:

          $ serf monitor -log-level=debug -rpc-addr=10.0.1.5:7373

          Names of the user events that pass by:

          $ serf monitor -format=json | jq -r 'select(.Event == "user") | .Name'
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (_format.Value is not ("text" or "json"))
        {
            return Output.RefuseFormat(_format.Value, context);
        }

        Hint.IgnoredArguments(context, Flags.Arguments);

        // Even if it is stuck in a pipe whose reader has stopped: everything there was is written.
        return _rpc.Follow(
            context, client => Watch(client, _level.Value, context), static () => Environment.Exit(0));
    }

    private int Watch(RpcClient client, string level, CliContext context)
    {
        string failure = "Error starting stream: ";
        ulong monitor;
        try
        {
            client.Stream("*");
            failure = "Error starting monitor: ";
            monitor = client.Monitor(level);
        }
        catch (RpcClientException refusal)
        {
            context.Output.Write(failure + refusal.Message + "\n");
            return 1;
        }

        return Print(client, monitor, context);
    }

    private int Print(RpcClient client, ulong monitor, CliContext context)
    {
        while (true)
        {
            RpcAnswer record;
            try
            {
                record = client.TakeRecord();
            }
            catch (RpcClientException)
            {
                return Ended(context);
            }

            bool isText = _format.Value == "text";
            if (record.Sequence != monitor)
            {
                context.Output.Write(isText ? EventText.Format(record.Body) : EventJson.Format(record.Body));
            }
            else if (RpcCodec.TryReadLog(record.Body, out string line) == ReadStatus.Ok)
            {
                context.Output.Write(
                    isText ? Output.Visible(line, hasLines: true) + "\n" : EventJson.Log(line));
            }
        }
    }

    private int Ended(CliContext context)
    {
        // JSON must stay JSON for whoever reads it.
        (_format.Value == "json" ? context.Error : context.Output).Write(
            "\nRemote side ended the monitor! This usually means that the\n"
            + "remote side has exited or crashed.\n");
        return 1;
    }
}
