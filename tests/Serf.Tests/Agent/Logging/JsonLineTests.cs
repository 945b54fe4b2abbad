using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Serf.Agent.Logging;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent.Logging;

/// <summary>Standard output as JSON.</summary>
public sealed class JsonLineTests
{
    private static readonly DateTime _time = new(2026, 11, 21, 0, 52, 7, 50, DateTimeKind.Local);

    [Theory]
    [InlineData("serf: EventMemberJoin: n1 10.0.0.1", "serf", "EventMemberJoin: n1 10.0.0.1")]
    [InlineData("agent.ipc: Accepted client: 1", "agent.ipc", "Accepted client: 1")]
    [InlineData("Error writing payload: closed", "agent", "Error writing payload: closed")]
    [InlineData("agent: a \"quoted\"\n\t\\ <&> line\n\n", "agent", "a \"quoted\"\n\t\\ <&> line")]
    [InlineData(": x", "agent", ": x")]
    [InlineData("agent:x", "agent", "agent:x")]
    public void A_log_line_is_taken_apart(string text, string subsystem, string message)
    {
        string line = JsonLine.OfLog(_time, LogLevel.Warn, text);

        Assert.DoesNotContain('\n', line);
        using JsonDocument document = JsonDocument.Parse(line);
        Assert.Equal(
            ["time", "level", "subsystem", "message"],
            document.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(_time, document.RootElement.GetProperty("time").GetDateTimeOffset().LocalDateTime);
        Assert.Matches(
            "^2026-11-21T00:52:07\\.050[+-][0-9]{2}:[0-9]{2}$", document.RootElement.GetProperty("time").GetString());
        Assert.Equal("WARN", document.RootElement.GetProperty("level").GetString());
        Assert.Equal(subsystem, document.RootElement.GetProperty("subsystem").GetString());
        Assert.Equal(message, document.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void A_byte_that_is_no_text_is_replaced_by_what_is()
    {
        using JsonDocument document = JsonDocument.Parse(
            JsonLine.OfLog(_time, LogLevel.Info, "agent: " + '\uDCFF' + "\u0001é"));

        Assert.Equal("\uFFFD\u0001é", document.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void Every_line_of_the_console_is_an_object_and_the_history_stays_text()
    {
        MemoryStream output = new();
        AgentLog log = new(output, LogLevel.Info, () => _time);
        log.Console.Format = LogFormat.Json;

        log.Write(LogLevel.Info, "agent: Serf agent starting");
        log.Console.Output("Serf agent running!");
        log.Console.Output("");
        log.Console.Information("                  Node name: 'n1'");
        log.Console.Warning("Warning: 'RetryInterval' is too low. Setting to 1s");
        log.Gate.Release();
        log.Console.Error("Usage: serf\n\n  two lines\n");
        RecordingListener history = new();
        log.History.Subscribe(history);
        log.Console.Dispose();

        string[] lines = System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.Equal(
            [
                "INFO Serf agent running!", "INFO Node name: 'n1'",
                "WARN Warning: 'RetryInterval' is too low. Setting to 1s", "INFO Serf agent starting",
                "ERR Usage: serf\n\n  two lines",
            ],
            lines[..^1].Select(Shown));
        Assert.Equal("2026/11/21 00:52:07 [INFO] agent: Serf agent starting", history.Last);
    }

    [Theory]
    [InlineData("json", true, true)]
    [InlineData("JSON", true, true)]
    [InlineData("Text", true, false)]
    [InlineData("xml", false, false)]
    [InlineData("", false, false)]
    public void Formats_go_by_their_names_in_any_case(string name, bool isKnown, bool isJson)
    {
        Assert.Equal(isKnown, LogFormats.TryParse(name, out _));
        Assert.Equal(isJson ? LogFormat.Json : LogFormat.Text, LogFormats.OrText(name));
    }

    private static string Shown(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("level").GetString() + " "
            + document.RootElement.GetProperty("message").GetString();
    }

    private sealed class RecordingListener : ILogListener
    {
        public string Last { get; private set; } = "";

        public void Accept(LogLevel level, string line) => Last = line;
    }
}
