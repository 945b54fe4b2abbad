using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cli;
using Xunit;

namespace Serf.Tests.Cli;

/// <summary>The help texts of all commands.</summary>
public sealed class HelpTests
{
    private const int WidthMax = 80;

    // These have nothing but the help flag, which is the program's.
    private static readonly string[] _flagless = ["completion", "keygen", "version"];

    public static TheoryData<string> Names => [.. Program.Commands.Select(entry => entry.Name)];

    [Fact]
    public void All_commands_of_the_program_are_there_in_order()
    {
        string[] names = [.. Program.Commands.Select(entry => entry.Name)];

        Assert.Equal(
            [
                "agent", "completion", "decode", "event", "force-leave", "info", "join", "keygen", "keys", "leave",
                "members", "monitor", "query", "reachability", "rtt", "tags", "version",
            ],
            names);
        Assert.All(Program.Commands, entry => Assert.Equal(entry.Name, entry.Create().Name));
        Assert.All(Program.Commands, entry => Assert.InRange(entry.Create().Synopsis.Length, 10, WidthMax - 20));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_help_begins_with_the_usage_and_fits_a_terminal(string name)
    {
        string help = Command(name).Help;

        Assert.StartsWith("Usage: serf " + name, help, StringComparison.Ordinal);
        Assert.False(help.EndsWith('\n'));
        Assert.DoesNotContain("\n\n\n", help, StringComparison.Ordinal);
        Assert.All(help.Split('\n'), line => Assert.InRange(line.Length, 0, WidthMax));
        Assert.All(help.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
        Assert.StartsWith("  ", help.Split('\n')[2], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_help_has_each_flag_with_its_default_and_no_other(string name)
    {
        ICommand command = Command(name);
        List<HelpOption> options = HelpOption.Read(command.Help);

        IEnumerable<string> flags = _flagless.Contains(name) ? ["help"] : command.Flags.Names;
        Assert.Equal(flags.Order(StringComparer.Ordinal), options.Select(option => option.Name).Order(StringComparer.Ordinal));
        Assert.All(options, option => Assert.Contains("Default: ", option.Text, StringComparison.Ordinal));
        Assert.All(options, option => Assert.EndsWith(".", option.Text, StringComparison.Ordinal));
        Assert.All(options, option => Assert.InRange(option.Summary.Length, 8, 160));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_flag_shows_an_operand_if_it_takes_one(string name)
    {
        ICommand command = Command(name);
        foreach (HelpOption option in HelpOption.Read(command.Help).Where(_ => !_flagless.Contains(name)))
        {
            bool isPlain = option.Operand.Length == 0 || option.Operand == "true|false";
            Assert.Equal(command.Flags.IsBool(option.Name), isPlain);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_help_ends_in_two_examples_or_more_under_a_heading(string name)
    {
        string[] parts = Command(name).Help.Split("\nExamples:\n\n");

        Assert.Equal(2, parts.Length);
        Assert.InRange(parts[1].Split("  $ ").Length - 1, 2, 9);
        Assert.InRange(parts[1].Split("serf " + name).Length - 1, name is "version" ? 1 : 2, 9);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_command_that_asks_an_agent_tells_how_to_reach_it(string name)
    {
        string help = Command(name).Help;
        bool asks = name is not ("agent" or "completion" or "decode" or "keygen" or "version");

        foreach (string word in new[]
        {
            "-rpc-auth-file=PATH", "unix:///", "SERF_RPC_ADDR ", "SERF_RPC_AUTH ", "SERF_RPC_AUTH_FILE ",
            "127.0.0.1:7373",
        })
        {
            Assert.True(!asks || help.Contains(word, StringComparison.Ordinal), word);
        }
    }

    [Theory]
    [InlineData("event", "fire and forget|-coalesce|[PAYLOAD]")]
    [InlineData("force-leave", "\"left\"|24 hours|comes back by itself|-prune")]
    [InlineData("join", "ADDRESS ...|one or more|-replay")]
    [InlineData("keygen", "-encrypt|keys -install")]
    [InlineData("keys", "primary|secondary|repeated|exit status|more than one|-install=|-use=|-remove=|-list")]
    [InlineData("leave", "shut down")]
    [InlineData("members", "-detailed|-role=|Deprecated|-status=|-tag=|match the whole value")]
    [InlineData("monitor", "recent|-log-level=|does not show itself")]
    [InlineData("query", "-node=|-tag=|-timeout=|-no-ack|-relay-factor=|-format=")]
    [InlineData("reachability", "-verbose")]
    [InlineData("rtt", "NODE [NODE]|not by addresses|own")]
    [InlineData("tags", "-set=|-delete=|May be repeated")]
    [InlineData("agent", "Event handlers:")]
    public void What_a_user_must_know_is_said(string name, string words)
    {
        string help = string.Join(' ', Command(name).Help.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.All(words.Split('|'), word => Assert.Contains(word, help, StringComparison.Ordinal));
    }

    [Fact]
    public void A_summary_is_the_first_clause_and_values_are_told_from_operands()
    {
        HelpOption option = Assert.Single(HelpOption.Read(
            "Usage: x\n\nOptions:\n\n  -a=b|c   One v1.2 thing,\n                      and more: the rest. Default: b.\n\n"
            + "  Words.\n\nEnvironment:\n\n  -no                 Not here.\n"));

        Assert.Equal(new HelpOption("a", "b|c", "One v1.2 thing, and more: the rest. Default: b."), option);
        Assert.Equal("One v1.2 thing, and more", option.Summary);
        Assert.Equal(["b", "c"], option.Values);
    }

    [Theory]
    [InlineData("Usage: serf x", "")]
    [InlineData("Usage: serf x [options]", "")]
    [InlineData("Usage: serf x [options] NODE [NODE]\nmore", "NODE")]
    [InlineData("Usage: serf x [options] ADDRESS ...", "")]
    [InlineData("Usage: serf x a|b", "a|b")]
    public void What_stands_behind_the_flags_is_read_from_the_usage(string help, string expected) =>
        Assert.Equal(expected, HelpOption.Positional(help));

    private static ICommand Command(string name) =>
        Program.Commands.Single(entry => entry.Name == name).Create();
}
