using System.Collections.Generic;
using System.Text;

namespace Serf.Cli.Completion;

/// <summary>Completion for bash 4 and later, without help of the bash-completion package.</summary>
internal static class BashCompletion
{
    // Words are split at "=" and ":" before the function sees them, so a value may be a word of its own.
    private const string Begin = """
        # Completion of serf for bash. Load it with: source <(serf completion bash)

        # The members' names, from an agent that answers at once; else nothing. Other nodes choose them, so
        # they are quoted, and never given to "compgen -W", which would run what looks like a command in them.
        _serf_members() {
            local -a rpc=()
            local flag list
            for flag in rpc-addr rpc-auth rpc-auth-file; do
                if [[ "$COMP_LINE" =~ [[:space:]]--?"$flag"[=[:space:]]([^[:space:]]+) ]]; then
                    rpc+=("-$flag=${BASH_REMATCH[1]}")
                fi
            done
            list=$(timeout 1 "$1" members "${rpc[@]}" 2>/dev/null </dev/null) || return 0
            while IFS= read -r flag; do printf '%s\n' "${flag%%  *}"; done <<<"$list"
        }

        _serf() {
            local program=$1 current=${COMP_WORDS[COMP_CWORD]} previous='' value='' word index
            local command='' flags='' takes='' words='' kind=''
            COMPREPLY=()
            if ((COMP_CWORD > 0)); then
                previous=${COMP_WORDS[COMP_CWORD - 1]}
            fi
            if [[ "$current" == = ]]; then
                value=$previous current=''
            elif [[ "$previous" == = ]] && ((COMP_CWORD > 1)); then
                value=${COMP_WORDS[COMP_CWORD - 2]}
            fi
            for ((index = 1; index < COMP_CWORD; index++)); do
                word=${COMP_WORDS[index]}
                if [[ "$word" != -* ]]; then
                    command=$word
                    break
                fi
            done

            case "$command" in

        """;

    private const string Middle = """
            esac

            previous=${previous/#--/-} value=${value/#--/-}
            if [[ -z "$value" && " $takes " == *" $previous "* ]]; then
                value=$previous
            fi

        """;

    private const string End = """

            case "$kind" in
                files) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
                members)
                    compopt +o filenames 2>/dev/null
                    while IFS= read -r word; do
                        printf -v word %q "$word"
                        [[ "$word" != "$current"* ]] || COMPREPLY+=("$word")
                    done < <(_serf_members "$program")
                    ;;
                words) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
            esac
            if [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *= ]]; then
                compopt -o nospace 2>/dev/null
            fi
            return 0
        }

        complete -o filenames -F _serf serf

        """;

    public static string Script(IReadOnlyList<CommandOptions> commands)
    {
        StringBuilder script = new(Begin);
        List<string> names = [];
        foreach (CommandOptions command in commands)
        {
            names.Add(command.Name);
            List<string> flags = [];
            List<string> takes = [];
            bool hasHelp = false;
            foreach ((HelpOption option, bool takesNext) in command.Options)
            {
                hasHelp |= option.Name == "help";
                flags.Add("-" + option.Name + (option.Operand.Length > 0 ? "=" : ""));
                if (takesNext)
                {
                    takes.Add("-" + option.Name);
                }
            }

            if (!hasHelp)
            {
                flags.Add("-help");
            }

            script.Append("        ").Append(command.Name).Append(")\n");
            script.Append("            flags='").AppendJoin(' ', flags).Append("'\n");
            script.Append("            takes='").AppendJoin(' ', takes).Append("' ;;\n");
        }

        script.Append(Middle);
        AppendKinds(script, commands, string.Join(' ', names));
        return script.Append(End).ToString();
    }

    // What can stand where the cursor is: a command, a flag, the value of one, or an argument.
    private static void AppendKinds(
        StringBuilder script, IReadOnlyList<CommandOptions> commands, string names)
    {
        script.Append("    if [[ -z \"$command\" ]]; then\n");
        script.Append("        kind=words words='").Append(names).Append(" -help -version'\n");
        script.Append("    elif [[ -z \"$value\" && \"$current\" == -* ]]; then\n");
        script.Append("        kind=words words=$flags\n");
        script.Append("    else\n        case \"$command $value\" in\n");
        foreach (CommandOptions command in commands)
        {
            AppendKind(script, command.Name + " ", command.Positional);
            foreach ((HelpOption option, _) in command.Options)
            {
                AppendKind(script, command.Name + " -" + option.Name, option.Operand);
            }
        }

        script.Append("        esac\n    fi\n");
    }

    private static void AppendKind(StringBuilder script, string place, string operand)
    {
        string[] values = HelpOption.ValuesOf(operand);
        string? kind = operand switch
        {
            CommandOptions.PathOperand => "kind=files",
            CommandOptions.NodeOperand => "kind=members",
            _ when values.Length > 0 => "kind=words words='" + string.Join(' ', values) + "'",
            _ => null,
        };
        if (kind is not null)
        {
            script.Append("            '").Append(place).Append("') ").Append(kind).Append(" ;;\n");
        }
    }
}
