using System.Collections.Generic;
using System.IO;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>The scripts of <c>serf completion</c> in the shells they are for.</summary>
public sealed class CompletionTests : BlackboxTest
{
    // What readline does: the words, split at "=" too, the number of the one that is typed, and the line.
    private const string Ask = """
        set -u
        serf() { "$SERF" "$@"; }
        source <(serf completion bash)
        COMP_WORDS=(serf "$@") COMP_CWORD=$# COMP_LINE="serf $*"
        [[ $(complete -p serf) == 'complete -o filenames -F _serf serf' ]] || echo 'not registered'
        _serf "$SERF" "${@: -1}" ''
        [[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
        """;

    [Theory]
    [InlineData("members", "mem")]
    [InlineData("keygen keys", "ke")]
    [InlineData("-help", "-h")]
    [InlineData("-format=", "members", "-f")]
    [InlineData("text json", "members", "-format", "")]
    [InlineData("text json", "members", "-format", "=")]
    [InlineData("json", "members", "-format", "=", "j")]
    [InlineData("json", "query", "--format", "j")]
    [InlineData("true false", "event", "-coalesce", "=")]
    [InlineData("", "event", "-coalesce", "")]
    [InlineData("", "event", "-coalesce", "=", "x")]
    [InlineData("debug", "agent", "-node", "me", "-log-level", "d")]
    [InlineData("lan local", "agent", "-profile", "=", "l")]
    [InlineData("-rpc-addr= -rpc-auth= -rpc-auth-file=", "leave", "-r")]
    [InlineData("-install=", "keys", "-rpc-addr", "=", "127.0.0.1", ":", "1", "-i")]
    [InlineData("bash zsh fish", "completion", "")]
    [InlineData("/dev/null", "agent", "-config-file", "/dev/nul")]
    [InlineData("/dev/null", "info", "-rpc-auth-file", "=", "/dev/nul")]
    [InlineData("", "bogus", "")]
    [InlineData("", "rtt", "")]
    public void Bash_completes_commands_flags_values_and_files(string expected, params string[] words) =>
        Assert.Equal(expected, InBash($"{NextAddress()}:1", words));

    [Fact]
    public void Bash_completes_names_of_members_where_an_agent_answers()
    {
        Agent agent = Start("alpha");

        Assert.Equal("alpha", InBash(agent.Rpc, "force-leave", "al"));
        Assert.Equal("alpha", InBash(agent.Rpc, "rtt", "alpha", ""));
        Assert.Equal("alpha", InBash(agent.Rpc, "query", "-node", "=", "a"));
        Assert.Equal("", InBash(agent.Rpc, "query", "-node", "=", "b"));
        string[] address = agent.Rpc.Split(':');
        CliResult other = Bash(
            $"{NextAddress()}:1",
            Ask.Replace("COMP_LINE=\"serf $*\"", $"COMP_LINE='serf rtt -rpc-addr={agent.Rpc} '"),
            "rtt", "-rpc-addr", "=", address[0], ":", address[1], "");
        Assert.Equal(("alpha\n", ""), (other.Output, other.Error));
    }

    [Fact]
    public void Bash_runs_nothing_that_stands_in_the_name_of_a_member()
    {
        Agent agent = Start($"a$(touch${{IFS}}{PathOf("ran")})`touch${{IFS}}{PathOf("ran")}` b;*");

        string quoted = InBash(agent.Rpc, "force-leave", "a");

        Assert.Equal(InBash(agent.Rpc, "query", "-node", "=", "a\\$"), quoted);
        Assert.Equal(agent.Name + "\n", CliResult.Of("/bin/bash", "-c", $"printf '%s\\n' {quoted}").Output);
        Assert.False(File.Exists(PathOf("ran")));
    }

    [Theory]
    [InlineData("/bin/bash", "bash")]
    [InlineData("/usr/bin/zsh", "zsh")]
    [InlineData("/usr/bin/fish", "fish")]
    public void A_shell_that_is_there_finds_no_fault_in_its_script(string shell, string name)
    {
        string script = Write("script", CliResult.Of(Binaries.Ours, "completion", name).Output);
        if (File.Exists(shell))
        {
            Assert.Equal(new CliResult("", "", 0), CliResult.Of(shell, "-n", script));
        }
    }

    private static string InBash(string address, params string[] words)
    {
        CliResult result = Bash(address, Ask, words);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output.TrimEnd('\n').Replace('\n', ' ');
    }

    private static CliResult Bash(string address, string script, params string[] words) => CliResult.Of(
        "/bin/bash",
        new Dictionary<string, string>
        {
            ["SERF"] = Binaries.Ours,
            ["SERF_RPC_ADDR"] = address,
        },
        ["--norc", "-c", script, "bash", .. words]);
}
