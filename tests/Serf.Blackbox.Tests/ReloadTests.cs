using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>What a hangup changes, and what it leaves as it is (see docs/lifecycle.md).</summary>
public sealed class ReloadTests : BlackboxTest
{
    [Fact]
    public void Tags_set_by_command_outlive_a_reload()
    {
        string config = Configure("""{ "tags": { "a": "1", "b": "1", "c": "1" } }""");
        Agent agent = Start("n1", $"-config-file={config}", "-tag=d=1");
        agent.Run("tags", "-set", "a=9", "-set", "r=9", "-delete", "b");
        AwaitTags(agent, """{"a":"9","c":"1","d":"1","r":"9"}""");

        Reload(agent, """{ "tags": { "a": "1", "b": "1", "n": "2" } }""");

        AwaitTags(agent, """{"a":"9","d":"1","n":"2","r":"9"}""");
    }

    [Fact]
    public void A_tag_that_the_configuration_changes_is_as_it_says()
    {
        string config = Configure("""{ "tags": { "a": "1", "b": "1", "c": "1" } }""");
        Agent agent = Start("n1", $"-config-file={config}");
        agent.Run("tags", "-set", "a=9", "-set", "b=9", "-delete", "c");
        AwaitTags(agent, """{"a":"9","b":"9"}""");

        Reload(agent, """{ "tags": { "a": "2", "c": "2" } }""");
        AwaitTags(agent, """{"a":"2","c":"2"}""");

        // From then on it is what later reloads compare with.
        agent.Run("tags", "-set", "a=9");
        Reload(agent, """{ "tags": { "a": "2" } }""");
        AwaitTags(agent, """{"a":"9"}""");
    }

    [Fact]
    public void What_has_to_wait_for_the_next_start_is_named_without_its_value()
    {
        string config = Configure("""{ "leave_on_terminate": true }""");
        Agent agent = Start("n1", $"-config-file={config}");

        Reload(agent, """{ "rpc_auth": "a-token", "label": "l", "leave_on_terminate": true, "log_level": "debug" }""");

        agent.Process.WaitForOutput(
            " [WARN] agent: Changed settings that take effect at the next start only: label, rpc_auth\n");
        agent.Process.Send(Signal.Terminate);
        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.DoesNotContain("a-token", agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_tags_are_refused_and_all_else_is_taken_over()
    {
        string config = Configure("""{ "tags": { "a": "1" } }""");
        Agent agent = Start("n1", $"-config-file={config}");

        string big = new('x', 600);
        Reload(agent, $$"""{ "tags": { "a": "2", "big": "{{big}}" }, "leave_on_terminate": true }""");
        agent.Process.WaitForOutput("==> Failed to update tags: Encoded length of tags exceeds limit of 512 bytes\n");
        AwaitTags(agent, """{"a":"1"}""");

        // What was refused has not become what the next reload compares with.
        Reload(agent, """{ "tags": { "a": "2" }, "leave_on_terminate": true }""");
        AwaitTags(agent, """{"a":"2"}""");
        agent.Process.Send(Signal.Terminate);
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    [Fact]
    public void An_unknown_level_is_told_and_all_else_is_taken_over()
    {
        string config = Configure("""{ "log_level": "debug" }""");
        Agent agent = Start("n1", $"-config-file={config}");
        agent.Process.WaitForOutput("Received event: member-join");

        Reload(agent, $$"""{ "log_level": "loud", "event_handlers": ["user={{Recorder("runs")}}"] }""");

        agent.Process.WaitForOutput(
            "==> Invalid log level: LOUD. Valid log levels are: [TRACE DEBUG INFO WARN ERR]\n");
        Assert.DoesNotContain("Failed to reload", agent.Process.Output, StringComparison.Ordinal);
        agent.Run("event", "-coalesce=false", "x");
        AwaitRecorded("runs", 1);
        agent.Process.WaitForOutput("[DEBUG] agent: Event 'user' script output: \n");
    }

    [Theory]
    [InlineData("""{ "event_handlers": ["bogus=foo.sh"] }""", "Invalid event script: Event 'bogus' invoking 'foo.sh'")]
    [InlineData("""{ "leave_on_terminate": true, "nonsense": 1 }""", "'agent.Config' has invalid keys: nonsense")]
    [InlineData("{ \"leave_on_terminate\": true ", "Error decoding '")]
    public void A_wrong_file_changes_nothing(string json, string expected)
    {
        string config = Configure($$"""{ "event_handlers": ["user={{Recorder("runs")}}"], "tags": { "a": "1" } }""");
        Agent agent = Start("n1", $"-config-file={config}");
        agent.Process.WaitForOutput("Received event: member-join");

        Reload(agent, json);

        agent.Process.WaitForOutput("==> Failed to reload configs\n");
        Assert.Contains(expected, agent.Process.Output, StringComparison.Ordinal);
        agent.Run("event", "-coalesce=false", "still");
        AwaitRecorded("runs", 1);
        AwaitTags(agent, """{"a":"1"}""");
        agent.Process.Send(Signal.Terminate);
        Assert.Equal(1, agent.Process.WaitForExit());
    }

    [Fact]
    public void A_file_that_is_gone_changes_nothing()
    {
        string config = Configure("""{ "tags": { "a": "1" } }""");
        Agent agent = Start("n1", $"-config-file={config}");
        File.Delete(config);

        agent.Process.Send(Signal.Hangup);

        agent.Process.WaitForOutput($"==> Error reading '{config}': open {config}: no such file or directory\n");
        agent.Process.WaitForOutput("==> Failed to reload configs\n");
        AwaitTags(agent, """{"a":"1"}""");
    }

    [Fact]
    public void Warnings_are_printed_again()
    {
        string config = Configure("""{ "role": "web" }""");
        Agent agent = Start("n1", $"-config-file={config}");

        Reload(agent, """{ "role": "db" }""");

        Eventually.True("the warning twice", TimeSpan.FromSeconds(10), () => agent.Process.Lines.Count(
            line => line.Text == "==> Deprecation warning: 'Role' has been replaced with 'Tags'") == 2);
        AwaitTags(agent, """{"role":"db"}""");
    }

    [Fact]
    public void The_figures_show_the_handlers_of_the_new_configuration()
    {
        string config = Configure("""{ "event_handlers": ["user:a=first"] }""");
        Agent agent = Start("n1", $"-config-file={config}");
        Assert.Equal("""{"user:a":"first"}""", Handlers(agent));

        Reload(agent, """{ "event_handlers": ["query:b=second", "third"] }""");

        Eventually.True(
            "the new handlers",
            TimeSpan.FromSeconds(10),
            () => Handlers(agent) == """{"*:":"third","query:b":"second"}""",
            () => Handlers(agent));
    }

    [Fact]
    public void Limits_of_handlers_and_of_the_leave_are_taken_over()
    {
        string config = Configure("""{ "event_handlers": ["user=echo begins; exec sleep 1000"] }""");
        Agent agent = Start("n1", $"-config-file={config}");
        agent.Process.WaitForOutput("Received event: member-join");

        Reload(agent, """
            {
              "event_handlers": ["user=echo begins; exec sleep 1000"], "handler_timeout": "200ms",
              "leave_timeout": "100ms"
            }
            """);
        agent.Run("event", "-coalesce=false", "x");

        agent.Process.WaitForOutput(
            "[ERR] agent: Error invoking script 'echo begins; exec sleep 1000': not finished within 200ms\n");
        agent.Process.Send(Signal.Interrupt);
        Assert.Equal(1, agent.Process.WaitForExit());
    }

    private static string TagsOf(Agent agent) =>
        JsonNode.Parse(agent.Run("members", "-format=json"))!["members"]!.AsArray().Single()!["tags"]!.ToJsonString();

    private static void AwaitTags(Agent agent, string expected) => Eventually.True(
        $"tags {expected}", TimeSpan.FromSeconds(10), () => TagsOf(agent) == expected, () => TagsOf(agent));

    private static string Handlers(Agent agent) =>
        JsonNode.Parse(agent.Run("info", "-format=json"))!["event_handlers"]!.ToJsonString();

    private string Configure(string json) => Write("config.json", json);

    private void Reload(Agent agent, string json)
    {
        Configure(json);
        int before = Count();
        agent.Process.Send(Signal.Hangup);
        Eventually.True("a reload", TimeSpan.FromSeconds(10), () => Count() > before);

        int Count() => agent.Process.Lines.Count(line => line.Text == "==> Reloading configuration...");
    }
}
