using System;
using System.Collections.Generic;
using Serf.Cli.Completion;
using Serf.Primitives;

namespace Serf.Cli.Commands;

/// <summary>
/// <c>serf completion</c>: scripts that make a shell complete this program. The original has no such command.
/// </summary>
/// <param name="table">All commands, this one among them.</param>
internal sealed class CompletionCommand(IReadOnlyList<CommandEntry> table) : ICommand
{
    public string Name => "completion";

    public string Synopsis => "Print a script that completes commands and flags in a shell";

    public string Help => """
        Usage: serf completion bash|zsh|fish

          Prints a script for that shell. With it the shell completes commands, flags,
          their values, files, and the names of members where an agent answers. The
          original serf has no such command.

        Options:

          -help                     Show this text. Default: false.

        Examples:

          For this shell only:

          $ source <(serf completion bash)
          $ source <(serf completion zsh)
          $ serf completion fish | source

          From now on, for everybody or for oneself:

          $ serf completion bash > /usr/share/bash-completion/completions/serf
          $ serf completion zsh > "${fpath[1]}/_serf"
          $ serf completion fish > ~/.config/fish/completions/serf.fish
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
            context.Output.Write("One shell must be specified: bash, zsh or fish.\n\n" + Help + "\n");
            return 1;
        }

        string shell = Flags.Arguments[0];
        string? script = shell switch
        {
            "bash" => BashCompletion.Script(CommandOptions.Of(table)),
            "zsh" => ZshCompletion.Script(CommandOptions.Of(table)),
            "fish" => FishCompletion.Script(CommandOptions.Of(table)),
            _ => null,
        };
        context.Output.Write(
            script ?? "Unknown shell: " + GoText.Quote(shell) + ". It must be bash, zsh or fish.\n");
        return script is null ? 1 : 0;
    }
}
