using System;
using System.Linq;
using Serf.Agent;
using Serf.Cli.Commands;
using Xunit;

namespace Serf.Tests.Cli.Commands;

public sealed class AgentHelpTests
{
    private static readonly string[] _lines = AgentHelp.Text.Split('\n');

    [Fact]
    public void The_help_begins_with_the_usage_line_and_fits_a_terminal()
    {
        Assert.Equal("Usage: serf agent [options]", _lines[0]);
        Assert.All(_lines, line => Assert.InRange(line.Length, 0, 100));
        Assert.All(_lines, line => Assert.Equal(line.TrimEnd(), line));
        Assert.False(AgentHelp.Text.EndsWith('\n'));
    }

    [Fact]
    public void Every_flag_in_the_help_exists_and_every_flag_is_in_the_help_with_its_default()
    {
        string[] flags =
        [
            .. _lines.Where(line => line.StartsWith("  -", StringComparison.Ordinal))
                .Select(line => line.Trim().Split(' ', '=')[0]),
        ];

        Assert.Equal(
            [
                "-advertise", "-bind", "-broadcast-timeout", "-config-dir", "-config-file",
                "-disable-compression", "-encrypt", "-event-handler",
                "-handler-concurrency", "-handler-timeout",
                "-iface", "-join", "-keyring-file",
                "-leave-timeout",
                "-log-level", "-node", "-profile",
                "-protocol", "-rejoin", "-replay", "-retry-interval", "-retry-join", "-retry-max", "-role",
                "-rpc-addr", "-snapshot", "-tag", "-tags-file",
            ],
            flags.Order(StringComparer.Ordinal));
        Assert.All(flags, flag => Assert.Null(AgentFlags.Parse([flag + "=1"], out _)));
        Assert.Equal(flags.Length, AgentHelp.Text.Split("Default: ").Length - 1);
    }

    [Fact]
    public void The_event_handlers_of_the_examples_are_valid()
    {
        string[] specifications =
        [
            .. _lines.Where(line => line.Contains("-event-handler='", StringComparison.Ordinal))
                .Select(line => line.Split('\'')[1]),
        ];

        Assert.Equal(3, specifications.Length);
        Assert.All(specifications, specification =>
        {
            Assert.Null(AgentFlags.Parse(["-event-handler", specification], out AgentArguments arguments));
            AgentMachine machine = new(() => "h", _ => true);
            Assert.NotEmpty(AgentOptions.Load(arguments, machine).EventHandlers);
        });
    }
}
