using System;

namespace Serf.Cli.Commands;

/// <summary><c>serf version</c> (spec cli 6.15). Scripts parse the second line.</summary>
internal sealed class VersionCommand : ICommand
{
    public string Name => "version";

    public string Synopsis => "Print the version";

    public string Help => """
        Usage: serf version

          Prints the version of the program and, in a second line, the versions of the
          protocol it speaks. No agent is asked; "serf members -detailed" tells what
          the members of a cluster speak.

        Options:

          -help                     Show this text; nothing else has an effect.
                                    Default: false.

        Examples:

          Which version is this?

          $ serf version

          The same from anywhere in a command line:

          $ serf agent -node=web-1 -v
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        context.Output.Write("0.10.2-dev\nAgent Protocol: 5 (Understands back to: 2)\n");
        return 0;
    }
}
