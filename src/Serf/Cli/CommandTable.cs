using System;
using System.Collections.Generic;
using System.Text;

namespace Serf.Cli;

/// <summary>One row of the table: a command comes into being only when it is called or listed.</summary>
/// <param name="Name">As it is typed.</param>
/// <param name="Create">Makes the command; touches nothing but its own class.</param>
internal sealed record CommandEntry(string Name, Func<ICommand> Create);

/// <summary>From the program's arguments to one command (spec cli 2.1 and 5).</summary>
internal static class CommandTable
{
    private const int NameWidth = 16;
    private const string VersionCommand = "version";

    private const string MisplacedFlags =
        "Invalid flags before the subcommand. If these flags are for\n"
        + "the subcommand, please put them after the subcommand.\n\n";

    /// <returns>Exit status: the command's own; 127 for no command or an unknown one.</returns>
    public static int Run(
        ReadOnlySpan<string> arguments, CliContext context, IReadOnlyList<CommandEntry> table)
    {
        Call call = Call.From(arguments, name => Find(table, name) is not null);
        CommandEntry? entry = call.Name.Length == 0 ? null : Find(table, call.Name);
        if (entry is null)
        {
            context.Error.Write(GeneralHelp(table) + "\n");
            return call.WantsHelp && call.Name.Length == 0 ? 0 : 127;
        }

        ICommand command = entry.Create();
        if (call.WantsHelp)
        {
            context.Error.Write(command.Help + "\n");
            return 0;
        }

        if (call.HasTopFlags)
        {
            context.Error.Write(MisplacedFlags + command.Help + "\n");
            return 1;
        }

        return command.Run(arguments[call.ArgumentsStart..], context);
    }

    /// <summary>The list of commands with their summaries; ends in a line feed of its own.</summary>
    public static string GeneralHelp(IReadOnlyList<CommandEntry> table)
    {
        StringBuilder help = new();
        help.Append("Usage: serf [--version] [--help] COMMAND [ARGUMENTS]\n\nCommands:\n");
        List<CommandEntry> ordered = [.. table];
        ordered.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        foreach (CommandEntry entry in ordered)
        {
            help.Append("    ").Append(entry.Name.PadRight(NameWidth));
            help.Append(entry.Create().Synopsis).Append('\n');
        }

        return help.ToString();
    }

    private static CommandEntry? Find(IReadOnlyList<CommandEntry> table, string name)
    {
        foreach (CommandEntry entry in table)
        {
            if (entry.Name == name)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>The first look at the arguments.</summary>
    private readonly record struct Call(string Name, bool WantsHelp, bool HasTopFlags, int ArgumentsStart)
    {
        /// <param name="isKnown">Whether there is a command of that name.</param>
        public static Call From(ReadOnlySpan<string> arguments, Func<string, bool> isKnown)
        {
            string name = "";
            bool wantsHelp = false;
            bool hasTopFlags = false;
            int start = 0;
            int flagsEnd = arguments.Length;
            for (int index = 0; index < arguments.Length; index++)
            {
                string argument = arguments[index];
                if (argument == "--")
                {
                    flagsEnd = index;
                    break;
                }

                if (argument is "-h" or "-help" or "--help")
                {
                    wantsHelp = true;
                }
                else if (name.Length != 0 || argument.Length == 0 || argument == "-version")
                {
                    continue;
                }
                else if (argument[0] == '-')
                {
                    hasTopFlags = true;
                }
                else
                {
                    name = argument;
                    start = index + 1;
                }
            }

            // Anywhere at all, but not behind the "--" of a command: the original takes a payload of "-v" for
            // the flag there too, and cannot send one.
            ReadOnlySpan<string> flags = isKnown(name) ? arguments[..flagsEnd] : arguments;
            bool wantsVersion = flags.Contains("-v") || flags.Contains("--version");
            return wantsVersion
                ? new Call(VersionCommand, wantsHelp, false, 0)
                : new Call(name, wantsHelp, hasTopFlags, start);
        }
    }
}
