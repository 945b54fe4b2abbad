using System;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Standard output as JSON, one object a line.</summary>
public sealed class LogFormatTests : BlackboxTest
{
    [Fact]
    public void A_whole_life_is_json_and_monitors_still_get_text()
    {
        Agent agent = Keep(new Agent(
            Binaries.Ours, "j", NextAddress(), ["-log-format=json", "-role=web", "-retry-interval=1ms"]));
        agent.Process.WaitForOutput("Log data will now stream in as it occurs:");
        agent.Run("event", "deploy \"now\"\nplease", "v1");
        agent.Process.WaitForOutput("Received event: user-event");
        using SerfProcess monitor = new(agent.Binary, ["monitor", $"-rpc-addr={agent.Rpc}"]);
        monitor.WaitForOutput(" [INFO] agent: Serf agent starting\n");
        agent.Process.Send(Signal.Hangup);
        agent.Process.WaitForOutput("Reloading configuration...");
        agent.Process.Send(Signal.Interrupt);

        Assert.Equal(0, agent.Process.WaitForExit());
        JsonNode[] lines = Parse(agent.Process.Output);
        string[] messages = [.. lines.Select(line => (string)line["message"]!)];
        Assert.Equal(
            [
                "WARN Deprecation warning: 'Role' has been replaced with 'Tags'",
                "WARN Warning: 'RetryInterval' is too low. Setting to 1s", "INFO Starting Serf agent...",
            ],
            lines.Take(3).Select(line => $"{line["level"]} {line["message"]}"));
        Assert.Contains("Node name: 'j'", messages);
        Assert.Contains("Received event: user-event: deploy \"now\"\nplease", messages);
        Assert.Equal("shutdown complete", messages[^1]);
        Assert.Contains(lines, line => (string)line["subsystem"]! == "serf");
        Assert.Contains(lines, line => (string)line["subsystem"]! == "agent.ipc");
    }

    [Fact]
    public void A_start_that_fails_is_json_from_the_first_line_to_the_last()
    {
        string config = Write("c.json", """{"log_format":"json","protocol":9}""");

        CliResult byFile = Run($"-config-file={config}");
        CliResult byFlag = Run("-log-format=JSON", "-config-file=/no/such/file");
        CliResult unknownFlag = Run("-log-format", "json", "-nope");

        // The log of a start that fails is on standard error, and JSON there too.
        JsonNode[] lines = Parse(byFile.Output);
        Assert.Equal(["INFO", "ERR"], lines.Select(line => (string)line["level"]!));
        Assert.Equal("Starting Serf agent...", (string)lines[0]["message"]!);
        Assert.StartsWith("Failed to start the Serf agent: ", (string)lines[1]["message"]!, StringComparison.Ordinal);
        Assert.Equal("Serf agent starting", (string)Parse(byFile.Error)[0]["message"]!);
        Assert.StartsWith("Error reading ", (string)Assert.Single(Parse(byFlag.Output))["message"]!, StringComparison.Ordinal);
        Assert.StartsWith(
            "Usage: serf agent", (string)Assert.Single(Parse(unknownFlag.Output))["message"]!, StringComparison.Ordinal);
        Assert.All([byFile, byFlag, unknownFlag], result => Assert.Equal(1, result.ExitCode));
    }

    [Fact]
    public void An_unknown_format_is_refused()
    {
        CliResult result = Run("-log-format=xml");

        Assert.Equal("==> Invalid log format: xml. Valid log formats are: [text json]\n", result.Output);
        Assert.Equal(1, result.ExitCode);
    }

    private static JsonNode[] Parse(string output)
    {
        Assert.EndsWith("\n", output, StringComparison.Ordinal);
        JsonNode[] lines = [.. output[..^1].Split('\n').Select(line => JsonNode.Parse(line)!)];
        Assert.All(lines, line => Assert.Equal(
            ["time", "level", "subsystem", "message"], line.AsObject().Select(member => member.Key)));
        Assert.All(lines, line => Assert.True(DateTimeOffset.TryParse((string)line["time"]!, out _)));
        return lines;
    }

    private static CliResult Run(params string[] flags)
    {
        string address = NextAddress();
        return CliResult.Of(
            Binaries.Ours, ["agent", "-node=x", $"-bind={address}:17946", $"-rpc-addr={address}:17373", .. flags]);
    }
}
