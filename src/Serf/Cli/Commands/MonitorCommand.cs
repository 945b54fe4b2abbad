using System;
using System.IO;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli.Commands;

/// <summary><c>serf monitor</c> (spec cli 6.10).</summary>
internal sealed class MonitorCommand : ICommand
{
    // What a shell shows for a program that the pipe signal ended.
    public const int BrokenPipe = 141;

    public string Name => "monitor";

    public string Synopsis => "Print the agent's log and the cluster's events as they come";

    public string Help => """
        Usage: serf monitor [options]

          Prints the agent's recent log lines, then new ones as they are written, and every event
          of the cluster, until it is interrupted. The level is independent of the agent's own:
          lines the agent does not show itself can be watched here.

        Options:

          -log-level=INFO           Lowest level to show: TRACE, DEBUG, INFO, WARN or ERR, in any
                                    case. Default: INFO.

        """ + RpcFlags.Help + """


        Examples:

          $ serf monitor
          $ serf monitor -log-level=debug -rpc-addr=10.0.1.5:7373
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        Flag<string> level = flags.AddText("log-level", "INFO");
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
            using Interrupt interrupt = new(client.Interrupt);
            try
            {
                return Watch(client, level.Value, context);
            }
            catch (IOException)
            {
                // Nobody reads the output any more.
                return BrokenPipe;
            }
        }
    }

    private static int Watch(RpcClient client, string level, CliContext context)
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
            if (client.IsInterrupted)
            {
                return 0;
            }

            context.Output.Write(failure + refusal.Message + "\n");
            return 1;
        }

        return Print(client, monitor, context);
    }

    private static int Print(RpcClient client, ulong monitor, CliContext context)
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
                return Ended(client, context);
            }

            if (record.Sequence != monitor)
            {
                context.Output.Write(EventText.Format(record.Body));
            }
            else if (RpcCodec.TryReadLog(record.Body, out string line) == ReadStatus.Ok)
            {
                context.Output.Write(line + "\n");
            }

            context.Output.Flush();
        }
    }

    private static int Ended(RpcClient client, CliContext context)
    {
        if (client.IsInterrupted)
        {
            return 0;
        }

        context.Output.Write(
            "\nRemote side ended the monitor! This usually means that the\n"
            + "remote side has exited or crashed.\n");
        return 1;
    }
}
