using System;

namespace Serf.Cli.Commands;

/// <summary><c>serf version</c> (spec cli 6.15). Scripts parse the second line.</summary>
internal sealed class VersionCommand : ICommand
{
    public string Name => "version";

    public string Synopsis => "Print the version";

    /// <summary>Empty, as the original's: asking for it prints one line feed.</summary>
    public string Help => "";

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        context.Output.Write("0.10.2-dev\nAgent Protocol: 5 (Understands back to: 2)\n");
        return 0;
    }
}
