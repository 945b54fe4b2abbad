using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Tags that are kept in a file (spec agent 8.2).</summary>
public sealed class TagsFileTests : BlackboxTest
{
    [Fact]
    public void Tags_set_at_run_time_outlive_the_agent()
    {
        Agent agent = Start("t", $"-tags-file={PathOf("tags")}");
        Assert.False(File.Exists(PathOf("tags")));
        agent.Run("tags", "-set", "role=web", "-set", "a=1");
        Assert.Equal("{\n  \"a\": \"1\",\n  \"role\": \"web\"\n}", File.ReadAllText(PathOf("tags")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf("tags")));
        agent.Run("tags", "-delete", "role");
        agent.Process.Send(Signal.Kill);
        agent.Process.WaitForExit();

        Agent again = Start("t", $"-tags-file={PathOf("tags")}");
        Assert.Contains(
            $"[INFO] agent: Restored 1 tag(s) from {PathOf("tags")}\n", again.Process.Output, StringComparison.Ordinal);
        Assert.Equal("{\"a\":\"1\"}", TagsOf(again));
        Assert.Equal([PathOf("tags")], Directory.GetFiles(Folder));
    }

    [Fact]
    public void A_reload_leaves_them_alone_unless_the_configuration_has_some()
    {
        string config = Write("config.json", $"{{\"tags_file\": \"{PathOf("tags")}\"}}");
        Agent agent = Start("t", $"-config-file={config}");
        agent.Run("tags", "-set", "a=1");
        int before = Updates(agent);
        Reload(agent);
        Assert.Equal("{\"a\":\"1\"}", TagsOf(agent));
        Assert.Equal("{\n  \"a\": \"1\"\n}", File.ReadAllText(PathOf("tags")));
        Assert.Equal(before, Updates(agent));

        Write("config.json", $"{{\"tags_file\": \"{PathOf("tags")}\", \"tags\": {{\"b\": \"2\"}}}}");
        Reload(agent);
        Eventually.True("the new tags", TimeSpan.FromSeconds(10), () => TagsOf(agent) == "{\"b\":\"2\"}");
        Assert.Equal("{\n  \"b\": \"2\"\n}", File.ReadAllText(PathOf("tags")));
    }

    [Fact]
    public void What_cannot_be_written_is_not_done()
    {
        string path = PathOf("gone") + "/tags";
        string config = Write("config.json", "{}");
        Agent agent = Start("t", $"-tags-file={path}", $"-config-file={config}");
        string reason = $"Failed to write tags file: open {path}: no such file or directory";
        CliResult result = agent.Cli("tags", "-set", "a=1");
        Assert.Equal(($"Error setting tags: {reason}\n", 1), (result.Output, result.ExitCode));
        agent.Process.WaitForOutput($"[ERR] agent: {reason}\n");
        Assert.Equal("{}", TagsOf(agent));

        Write("config.json", "{\"tags\": {\"b\": \"2\"}}");
        Reload(agent);
        agent.Process.WaitForOutput($"==> Failed to update tags: {reason}\n");
        Assert.Equal("{}", TagsOf(agent));
    }

    [MountFact]
    public void A_file_mounted_alone_into_a_folder_that_is_only_read_is_written_all_the_same()
    {
        string folder = Directory.CreateDirectory(PathOf("locked")).FullName;
        string real = Write("real", "{}");
        string script = $"mount -t tmpfs none {folder} && : > {folder}/tags && mount --bind {real} {folder}/tags "
            + $"&& mount -o remount,ro {folder} && exec \"$@\"";
        Agent agent = Keep(new Agent(
            Binaries.Ours,
            "t",
            NextAddress(),
            [$"-tags-file={folder}/tags"],
            inside: ["unshare", "-m", "sh", "-c", script, "sh"])).Started();

        Assert.Equal(
            "Successfully updated agent tags\n",
            CliResult.Of(Binaries.Ours, "tags", $"-rpc-addr={agent.Rpc}", "-set", "a=1").Output);

        Assert.Equal("{\n  \"a\": \"1\"\n}", File.ReadAllText(real));
    }

    [Fact]
    public void Tags_that_are_too_long_are_not_what_the_next_start_finds()
    {
        Agent agent = Start("t", $"-tags-file={PathOf("tags")}");
        agent.Run("tags", "-set", "a=1");
        CliResult result = agent.Cli("tags", "-set", "b=" + new string('x', 600));
        Assert.Equal(
            ("Error setting tags: Encoded length of tags exceeds limit of 512 bytes\n", 1),
            (result.Output, result.ExitCode));
        Assert.Equal("{\n  \"a\": \"1\"\n}", File.ReadAllText(PathOf("tags")));
    }

    [Theory]
    [InlineData("==> Starting Serf agent...\n==> Failed to setup the Serf agent: "
        + "Tags config not allowed while using tag files\n", "-tag=a=b", "-keyring-file=/no/such/file")]
    [InlineData("==> Deprecation warning: 'Role' has been replaced with 'Tags'\n==> Starting Serf agent...\n"
        + "==> Failed to setup the Serf agent: Tags config not allowed while using tag files\n", "-role=web")]
    [InlineData("==> Starting Serf agent...\n==> Failed to setup the Serf agent: "
        + "Failed to decode tags file: unexpected end of JSON input\n")]
    public void A_wrong_start_is_told(string expected, params string[] flags)
    {
        CliResult result = CliResult.Of(
            Binaries.Ours, ["agent", "-node=n", $"-bind={NextAddress()}", $"-tags-file={Write("tags", "")}", .. flags]);
        Assert.Equal((expected, 1), (result.Output, result.ExitCode));
    }

    [PeerFact]
    public void The_file_of_one_is_read_and_changed_by_the_other_and_both_write_the_same()
    {
        string[] changes = ["-set", "role=web", "-set", "\u00e4=<a&b>\t\"", "-set", "Z=1", "-set", "e="];
        Agent[] agents = [.. Each((binary, name) => StartOf(binary, name, $"-tags-file={PathOf(name)}"))];
        foreach (Agent agent in agents)
        {
            agent.Run(["tags", .. changes]);
            agent.Process.Send(Signal.Kill);
            agent.Process.WaitForExit();
        }

        Assert.Equal(File.ReadAllText(PathOf("peer")), File.ReadAllText(PathOf("ours")));

        // Crosswise.
        agents = [.. Each((binary, name) => StartOf(
            binary, name, $"-tags-file={PathOf(name == "ours" ? "peer" : "ours")}"))];
        foreach (Agent agent in agents)
        {
            agent.Process.WaitForOutput("[INFO] agent: Restored 4 tag(s) from ");
            agent.Run("tags", "-delete", "Z", "-set", "new=1");
        }

        Assert.Equal(TagsOf(agents[0]), TagsOf(agents[1]));
        Assert.Equal(File.ReadAllText(PathOf("peer")), File.ReadAllText(PathOf("ours")));
    }

    private static T[] Each<T>(Func<string, string, T> make) =>
        [make(Binaries.Ours, "ours"), make(Binaries.Peer, "peer")];

    private static string TagsOf(Agent agent) =>
        JsonNode.Parse(agent.Run("members", "-format=json"))!["members"]!.AsArray().Single()!["tags"]!.ToJsonString();

    private static int Updates(Agent agent) =>
        agent.Process.Lines.Count(line => line.Text.Contains("EventMemberUpdate", StringComparison.Ordinal));

    // Twice: the first is handed over before the second begins.
    private static void Reload(Agent agent)
    {
        int before = Count();
        for (int number = 1; number <= 2; number++)
        {
            agent.Process.Send(Signal.Hangup);
            Eventually.True("a reload", TimeSpan.FromSeconds(10), () => Count() == before + number);
        }

        int Count() => agent.Process.Lines.Count(
            line => line.Text.Contains("Reloading configuration...", StringComparison.Ordinal));
    }
}
