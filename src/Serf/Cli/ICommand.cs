using System;

namespace Serf.Cli;

/// <summary>One command of the program.</summary>
internal interface ICommand
{
    /// <summary>As it is typed.</summary>
    string Name { get; }

    /// <summary>One line for the general help.</summary>
    string Synopsis { get; }

    /// <summary>The whole help text, without a final line feed.</summary>
    string Help { get; }

    /// <summary>Everything it understands; <see cref="Help"/> says the same in words.</summary>
    FlagSet Flags { get; }

    /// <returns>Exit status.</returns>
    int Run(ReadOnlySpan<string> arguments, CliContext context);
}
