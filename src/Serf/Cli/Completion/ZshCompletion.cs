using System;
using System.Collections.Generic;
using System.Text;

namespace Serf.Cli.Completion;

/// <summary>Completion for zsh, to be evaluated or to be a file of its function path.</summary>
internal static class ZshCompletion
{
    private const string Repeated = "May be repeated";

    private const string Begin = """
        #compdef serf
        # Completion of serf for zsh. Load it with: source <(serf completion zsh)
        # or keep it as _serf in a folder of $fpath.

        # The members' names, from an agent that answers at once; else nothing.
        _serf_members() {
            local -a rpc names
            local flag list
            for flag in rpc-addr rpc-auth rpc-auth-file; do
                if [[ -n ${opt_args[-$flag]} ]]; then
                    rpc+=("-$flag=${opt_args[-$flag]//\\:/:}")
                fi
            done
            list=$(timeout 1 "$_serf_program" members $rpc 2>/dev/null </dev/null) || return 1
            names=(${${(f)list}%%  *})
            compadd -a names
        }

        _serf() {
            local curcontext=$curcontext _serf_program=$words[1] command
            local -a commands
            local -A opt_args
            if ((CURRENT == 2)); then
                commands=(

        """;

    private const string Middle = """
                )
                _describe -t commands command commands
                return
            fi

            command=$words[2]
            shift words
            ((CURRENT--))
            case $command in

        """;

    private const string End = """
            esac
        }

        if [[ ${funcstack[1]} == _serf ]]; then
            _serf "$@"
        else
            compdef _serf serf
        fi

        """;

    public static string Script(IReadOnlyList<CommandOptions> commands)
    {
        StringBuilder script = new(Begin);
        foreach (CommandOptions command in commands)
        {
            script.Append("            ").Append(Quoted(command.Name + ":" + command.Synopsis)).Append('\n');
        }

        script.Append(Middle);
        foreach (CommandOptions command in commands)
        {
            Append(script, command);
        }

        return script.Append(End).ToString();
    }

    private static void Append(StringBuilder script, CommandOptions command)
    {
        script.Append("        ").Append(command.Name).Append(")\n            _arguments");
        foreach ((HelpOption option, bool takesNext) in command.Options)
        {
            // "=-": the value stands behind "=" only; "=": there, or in the next word.
            string value = option.Operand.Length == 0 ? "" : takesNext ? "=" : "=-";
            string operand = option.Operand.Length == 0 ? "" : ":" + Operand(option.Operand);
            bool isRepeated = option.Text.Contains(Repeated, StringComparison.Ordinal);
            script.Append(" \\\n                ").Append(Quoted(
                (isRepeated ? "*" : "") + "-" + option.Name + value + "[" + Escaped(option.Summary) + "]"
                + operand));
        }

        if (Action(command.Positional).Length > 0)
        {
            script.Append(" \\\n                ").Append(Quoted("*:" + Operand(command.Positional)));
        }

        script.Append(" ;;\n");
    }

    private static string Operand(string operand)
    {
        string name = operand.Contains('|') ? "value" : operand.ToLowerInvariant().Replace(':', ' ');
        return name + ":" + Action(operand);
    }

    private static string Action(string operand)
    {
        string[] values = HelpOption.ValuesOf(operand);
        return operand switch
        {
            CommandOptions.PathOperand => "_files",
            CommandOptions.NodeOperand => "_serf_members",
            _ when values.Length > 0 => "(" + string.Join(' ', values) + ")",
            _ => "",
        };
    }

    private static string Escaped(string text) => text
        .Replace("\\", "\\\\").Replace("[", "\\[").Replace("]", "\\]").Replace(":", "\\:");

    private static string Quoted(string text) => "'" + text.Replace("'", "'\\''") + "'";
}
