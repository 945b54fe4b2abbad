using System.Collections.Generic;

namespace Serf.Cli.Completion;

/// <summary>One command as completion knows it, out of its flags and its help.</summary>
internal sealed class CommandOptions
{
    public const string PathOperand = "PATH";
    public const string NodeOperand = "NODE";

    public CommandOptions(ICommand command)
    {
        Name = command.Name;
        Synopsis = command.Synopsis;
        Positional = HelpOption.Positional(command.Help);
        foreach (HelpOption option in HelpOption.Read(command.Help))
        {
            // What only the help knows, -help itself, takes nothing.
            bool isKnown = Contains(command.Flags.Names, option.Name);
            Options.Add((option, isKnown && !command.Flags.IsBool(option.Name)));
        }
    }

    public string Name { get; }

    public string Synopsis { get; }

    /// <summary>What it takes behind its flags, as the usage line has it.</summary>
    public string Positional { get; }

    /// <summary>Its flags, each with whether it takes the next word as its value.</summary>
    public List<(HelpOption Option, bool TakesNext)> Options { get; } = [];

    /// <summary>In the order of their names.</summary>
    public static List<CommandOptions> Of(IReadOnlyList<CommandEntry> table)
    {
        List<CommandOptions> commands = [];
        foreach (CommandEntry entry in table)
        {
            commands.Add(new(entry.Create()));
        }

        commands.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return commands;
    }

    private static bool Contains(IReadOnlyCollection<string> names, string name)
    {
        foreach (string known in names)
        {
            if (known == name)
            {
                return true;
            }
        }

        return false;
    }
}
