using System.Collections.Generic;
using System.Text;

namespace Serf.Cli.Completion;

/// <summary>Completion for fish, to be evaluated or to be a file of its completion path.</summary>
internal static class FishCompletion
{
    private const string Begin = """
        # Completion of serf for fish. Load it with: serf completion fish | source
        # or keep it as ~/.config/fish/completions/serf.fish.

        # The members' names, from an agent that answers at once; else nothing.
        function __serf_members
            set -l words (commandline -opc)
            set -l rpc
            set -l value
            for flag in rpc-addr rpc-auth rpc-auth-file
                for index in (seq (count $words))
                    if string match -qr -- "^--?$flag=" $words[$index]
                        set rpc $rpc $words[$index]
                    else if string match -qr -- "^--?$flag\$" $words[$index]
                        set value $words[(math $index + 1)]
                        set rpc $rpc $words[$index] $value
                    end
                end
            end
            set -l list (timeout 1 $words[1] members $rpc 2>/dev/null </dev/null)
            and string replace -r '  .*' '' -- $list
        end

        complete -c serf -e
        complete -c serf -f

        """;

    public static string Script(IReadOnlyList<CommandOptions> commands)
    {
        StringBuilder script = new(Begin);
        foreach (CommandOptions command in commands)
        {
            script.Append("complete -c serf -n __fish_use_subcommand -a ").Append(command.Name);
            script.Append(" -d ").Append(Quoted(command.Synopsis)).Append('\n');
        }

        foreach (CommandOptions command in commands)
        {
            string condition = " -n '__fish_seen_subcommand_from " + command.Name + "'";
            foreach ((HelpOption option, bool takesNext) in command.Options)
            {
                script.Append("complete -c serf").Append(condition).Append(" -o ").Append(option.Name);
                script.Append(takesNext ? Requires(option.Operand) : "").Append(Choices(option.Operand));
                script.Append(" -d ").Append(Quoted(option.Summary)).Append('\n');
            }

            if (Choices(command.Positional).Length > 0)
            {
                script.Append("complete -c serf").Append(condition);
                script.Append(Choices(command.Positional)).Append('\n');
            }
        }

        return script.ToString();
    }

    // A value, and files only where it is one.
    private static string Requires(string operand) =>
        operand == CommandOptions.PathOperand ? " -r -F" : " -x";

    private static string Choices(string operand)
    {
        string[] values = HelpOption.ValuesOf(operand);
        return operand switch
        {
            CommandOptions.NodeOperand => " -a '(__serf_members)'",
            _ when values.Length > 0 => " -a '" + string.Join(' ', values) + "'",
            _ => "",
        };
    }

    private static string Quoted(string text) => "'" + text.Replace("\\", "\\\\").Replace("'", "\\'") + "'";
}
