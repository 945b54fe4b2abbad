using System;
using Serf.Cli;
using Serf.Cli.Commands;
using Serf.Posix;

namespace Serf;

/// <summary>Entry of the program: one call, one command.</summary>
internal static class Program
{
    internal static readonly CommandEntry[] Commands =
    [
        new("agent", static () => new AgentCommand()),
        new("completion", static () => new CompletionCommand(Commands!)),
        new("decode", static () => new DecodeCommand()),
        new("event", static () => new EventCommand()),
        new("force-leave", static () => new ForceLeaveCommand()),
        new("info", static () => new InfoCommand()),
        new("join", static () => new JoinCommand()),
        new("keygen", static () => new KeygenCommand()),
        new("keys", static () => new KeysCommand()),
        new("leave", static () => new LeaveCommand()),
        new("members", static () => new MembersCommand()),
        new("monitor", static () => new MonitorCommand()),
        new("query", static () => new QueryCommand()),
        new("reachability", static () => new ReachabilityCommand()),
        new("rtt", static () => new RttCommand()),
        new("tags", static () => new TagsCommand()),
        new("version", static () => new VersionCommand()),
    ];

    private static int Main(string[] arguments)
    {
        // Read at the first use of a socket. A callback then runs where its bytes arrived: anything else
        // costs a wake-up for each packet.
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        Libc.FillStandardDescriptors();
        Libc.ConfigureNameService();
        if (arguments is not ["agent", ..])
        {
            // A command whose reader is gone ends as any other does; the agent goes on without its terminal.
            Libc.ResetSignal(Libc.SignalBrokenPipe);

            // One connection needs one thread that waits for sockets, not one for each processor.
            Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");
        }

        using DescriptorWriter output = new(DescriptorStream.StandardOutput);
        using DescriptorWriter error = new(DescriptorStream.StandardError);
        using DescriptorStream input = new(DescriptorStream.StandardInput);
        CliContext context = new()
        {
            Input = input,
            Output = output,
            Error = error,
            IsTerminal = Libc.IsTerminal(1),
            Environment = Environment.GetEnvironmentVariable,
        };
        return CommandTable.Run(ProgramArguments.Restore(arguments), context, Commands);
    }
}
