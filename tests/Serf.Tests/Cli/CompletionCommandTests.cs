using System;
using System.Linq;
using Serf.Cli;
using Serf.Cli.Commands;
using Serf.Cli.Completion;
using Xunit;

namespace Serf.Tests.Cli;

public sealed class CompletionCommandTests
{
    [Theory]
    [InlineData("", "One shell must be specified: bash, zsh or fish.\n\n")]
    [InlineData("bash|zsh", "One shell must be specified: bash, zsh or fish.\n\n")]
    public void One_shell_must_be_named(string arguments, string line)
    {
        string[] words = arguments.Split('|', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            new CliRun(1, line + new CompletionCommand([]).Help + "\n", ""),
            CliRun.Of(null, ["completion", .. words]));
    }

    [Fact]
    public void An_unknown_shell_or_flag_is_refused()
    {
        Assert.Equal(
            new CliRun(1, "Unknown shell: \"tc\\nsh\". It must be bash, zsh or fish.\n", ""),
            CliRun.Of(null, "completion", "tc\nsh"));
        CliRun run = CliRun.Of(null, "completion", "-x", "bash");
        Assert.Equal((1, "flag provided but not defined: -x\n"), (run.Status, run.Error));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void A_script_has_every_command_and_every_flag(string shell)
    {
        CliRun run = CliRun.Of(null, "completion", shell);

        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.EndsWith("\n", run.Output, StringComparison.Ordinal);
        Assert.StartsWith(shell == "zsh" ? "#compdef serf\n" : "# Completion of serf", run.Output, StringComparison.Ordinal);
        foreach (ICommand command in Program.Commands.Select(entry => entry.Create()))
        {
            Assert.Contains(command.Name, run.Output, StringComparison.Ordinal);
            Assert.All(command.Flags.Names, flag => Assert.Contains(
                (shell == "fish" ? "-o " : "-") + flag, run.Output, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("bash", "'members -format') kind=words words='text json' ;;")]
    [InlineData("bash", "'event -coalesce') kind=words words='true false' ;;")]
    [InlineData("bash", "'agent -config-file') kind=files ;;")]
    [InlineData("bash", "'force-leave ') kind=members ;;")]
    [InlineData("bash", "'completion ') kind=words words='bash zsh fish' ;;")]
    [InlineData("zsh", "'members:List the members of the cluster'")]
    [InlineData("zsh", "'monitor:Print the agent'\\''s log and the cluster'\\''s events as they come'")]
    [InlineData("zsh", "'-format=[How to print it]:value:(text json)'")]
    [InlineData("zsh", "'-coalesce=-[Receivers may merge this event with others of the same name that arrive close together]:value:(true false)'")]
    [InlineData("zsh", "'*-node=[Ask only this node]:node:_serf_members'")]
    [InlineData("zsh", "'*:node:_serf_members'")]
    [InlineData("zsh", "'-bind=[Gossip address, as IP, IP\\:PORT or \\[IPV6\\]\\:PORT, for TCP and UDP]:address:'")]
    [InlineData("fish", "complete -c serf -n '__fish_seen_subcommand_from members' -o format -x -a 'text json' -d 'How to print it'")]
    [InlineData("fish", "-o config-file -r -F -d 'JSON file with settings'")]
    [InlineData("fish", "complete -c serf -n '__fish_seen_subcommand_from rtt' -a '(__serf_members)'")]
    [InlineData("fish", "-d 'Print the agent\\'s log and the cluster\\'s events as they come'")]
    public void Values_are_offered_in_the_words_of_the_shell(string shell, string line) =>
        Assert.Contains(line, CliRun.Of(null, "completion", shell).Output, StringComparison.Ordinal);

    [Fact]
    public void A_flag_takes_the_next_word_unless_it_is_Boolean()
    {
        CommandOptions query = CommandOptions.Of(Program.Commands).Single(command => command.Name == "query");

        Assert.All(query.Options, option => Assert.Equal(option.Option.Name != "no-ack", option.TakesNext));
        Assert.Equal("PAYLOAD", query.Positional);
    }
}
