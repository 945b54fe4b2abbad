using System;
using System.Collections.Generic;
using System.IO;
using Serf.Cli;
using Xunit;

namespace Serf.Tests.Cli;

public sealed class CommandTableTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly List<CommandEntry> _table;
    private readonly List<string> _created = [];

    public CommandTableTests()
    {
        _table = [Entry("version", ""), Entry("event", "EVENT HELP"), Entry("members", "MEMBERS HELP\n")];
    }

    private string Help => CommandTable.GeneralHelp(_table) + "\n";

    [Theory]
    [InlineData]
    [InlineData("bogus")]
    [InlineData("help")]
    [InlineData("")]
    [InlineData("-version")]
    [InlineData("-x")]
    [InlineData("-")]
    [InlineData("--", "members")]
    [InlineData("--", "-h")]
    [InlineData("bogus", "-h")]
    [InlineData("-h", "bogus")]
    [InlineData("bogus", "--", "-h")]
    [InlineData("-x", "bogus")]
    [InlineData("-x", "-version")]
    [InlineData("Event")]
    [InlineData("even")]
    public void No_command_or_an_unknown_one_gives_the_general_help_and_127(params string[] arguments)
    {
        Assert.Equal(127, Run(arguments));

        Assert.Equal("", _output.ToString());
        Assert.Equal(Help, _error.ToString());
    }

    [Theory]
    [InlineData("-h")]
    [InlineData("-help")]
    [InlineData("--help")]
    [InlineData("-x", "-h")]
    [InlineData("", "-h")]
    [InlineData("-h", "--", "members")]
    public void A_help_flag_alone_gives_the_general_help_and_0(params string[] arguments)
    {
        Assert.Equal(0, Run(arguments));

        Assert.Equal("", _output.ToString());
        Assert.Equal(Help, _error.ToString());
    }

    [Theory]
    [InlineData("event", "-h")]
    [InlineData("event", "x", "--help")]
    [InlineData("-help", "event")]
    [InlineData("-x", "event", "-h")]
    [InlineData("event", "-coalesce=maybe", "-h", "--", "y")]
    public void A_help_flag_beside_a_command_gives_its_help_and_0(params string[] arguments)
    {
        Assert.Equal(0, Run(arguments));

        Assert.Equal("", _output.ToString());
        Assert.Equal("EVENT HELP\n", _error.ToString());
    }

    [Theory]
    [InlineData("version", "-h")]
    [InlineData("-h", "-v")]
    [InlineData("-h", "version")]
    [InlineData("version", "-help", "-v")]
    public void The_help_of_a_command_without_one_is_one_line_feed(params string[] arguments)
    {
        Assert.Equal(0, Run(arguments));

        Assert.Equal("", _output.ToString());
        Assert.Equal("\n", _error.ToString());
    }

    [Theory]
    [InlineData(new[] { "-v" }, "version:-v")]
    [InlineData(new[] { "--version" }, "version:--version")]
    [InlineData(new[] { "event", "-v" }, "version:event|-v")]
    [InlineData(new[] { "-x", "-v" }, "version:-x|-v")]
    [InlineData(new[] { "--", "-v" }, "version:--|-v")]
    [InlineData(new[] { "bogus", "--", "-h", "--version" }, "version:bogus|--|-h|--version")]
    [InlineData(new[] { "bogus", "-v" }, "version:bogus|-v")]
    [InlineData(new[] { "event", "-v", "--", "x" }, "version:event|-v|--|x")]
    [InlineData(new[] { "event", "--", "x", "-v" }, "event:--|x|-v")]
    [InlineData(new[] { "event", "--", "--version" }, "event:--|--version")]
    [InlineData(new[] { "version" }, "version:")]
    [InlineData(new[] { "version", "x" }, "version:x")]
    [InlineData(new[] { "event" }, "event:")]
    [InlineData(new[] { "event", "a", "-b", "" }, "event:a|-b|")]
    [InlineData(new[] { "event", "--", "x", "-h" }, "event:--|x|-h")]
    [InlineData(new[] { "event", "-version" }, "event:-version")]
    [InlineData(new[] { "event", "-help=1" }, "event:-help=1")]
    [InlineData(new[] { "", "event", "q" }, "event:q")]
    [InlineData(new[] { "-version", "event", "q" }, "event:q")]
    [InlineData(new[] { "event", "event" }, "event:event")]
    public void A_command_gets_everything_behind_its_name(string[] arguments, string ran)
    {
        Assert.Equal(7, Run(arguments));

        Assert.Equal(ran + "\n", _output.ToString());
        Assert.Equal("", _error.ToString());
        Assert.Single(_created);
    }

    [Theory]
    [InlineData("-x", "event")]
    [InlineData("-version", "-x", "event")]
    [InlineData("--version=1", "event")]
    [InlineData("-help=1", "event")]
    [InlineData("-", "event")]
    public void Flags_before_the_command_are_refused(params string[] arguments)
    {
        Assert.Equal(1, Run(arguments));

        Assert.Equal("", _output.ToString());
        Assert.Equal(
            "Invalid flags before the subcommand. If these flags are for\n"
            + "the subcommand, please put them after the subcommand.\n\nEVENT HELP\n",
            _error.ToString());
    }

    [Fact]
    public void The_general_help_lists_the_commands_in_order_and_ends_in_an_empty_line()
    {
        Run([]);

        string[] lines = _error.ToString().Split('\n');
        Assert.StartsWith("Usage: serf ", lines[0], StringComparison.Ordinal);
        Assert.Equal("    event           does event", lines[^5]);
        Assert.Equal("    members         does members", lines[^4]);
        Assert.Equal("    version         does version", lines[^3]);
        Assert.Equal(["", ""], lines[^2..]);
    }

    private int Run(string[] arguments) => CommandTable.Run(arguments, Context(), _table);

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private CliContext Context() => new() { Output = _output, Error = _error, Environment = _ => null };

    private CommandEntry Entry(string name, string help) => new(name, () =>
    {
        _created.Add(name);
        return new FakeCommand(name, help);
    });

    private sealed class FakeCommand(string name, string help) : ICommand
    {
        public string Name => name;

        public string Synopsis => "does " + name;

        public string Help => help;

        public FlagSet Flags { get; } = new();

        public int Run(ReadOnlySpan<string> arguments, CliContext context)
        {
            context.Output.Write($"{name}:{string.Join('|', arguments.ToArray())}\n");
            return 7;
        }
    }
}
