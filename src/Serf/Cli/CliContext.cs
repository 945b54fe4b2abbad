using System;
using System.IO;

namespace Serf.Cli;

/// <summary>
/// What a command may touch of the world, so that every command is tested without a process.
/// </summary>
internal sealed class CliContext
{
    /// <summary>Standard input; empty unless a command that reads it is given one.</summary>
    public Stream Input { get; init; } = Stream.Null;

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether somebody sees the output at once, on a screen that obeys controls.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Value of an environment variable, or null.</summary>
    public required Func<string, string?> Environment { get; init; }
}
