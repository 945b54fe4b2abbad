using System;
using System.IO;
using Serf.Agent;
using Serf.Agent.Logging;
using Serf.Cli.Commands;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class AgentSetupTests : IDisposable
{
    private static readonly AgentMachine _machine = new(() => "host1", name => name == "eth0");

    private readonly string _folder = Directory.CreateTempSubdirectory("serf-setup-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_cluster_name_that_multicast_cannot_bear_is_found_by_a_check()
    {
        string name = new('a', 64);

        Assert.Equal(
            $"Error starting mDNS listener: the cluster name '{name}' does not fit into a DNS name",
            RefusalOf("-discover", name));
    }

    [Fact]
    public void A_socket_file_without_a_place_is_found_by_a_check()
    {
        string other = Path.Combine(_folder, "file");
        File.WriteAllText(other, "");

        Assert.Equal(
            "Error starting RPC listener: listen unix /no/such/s: bind: no such file or directory",
            RefusalOf("-rpc-addr=unix:///no/such/s"));
        Assert.Equal(
            $"Error starting RPC listener: listen unix {other}: bind: address already in use: it is no socket",
            RefusalOf($"-rpc-addr=unix://{other}"));
        Assert.Empty(Check($"-rpc-addr=unix://{_folder}/s").Warnings);
    }

    [Fact]
    public void What_a_start_would_only_log_is_a_warning_of_a_check()
    {
        string path = Path.Combine(_folder, "c.json");
        File.WriteAllText(path, """{ "statsd_addr": "nowhere", "statsite_addr": "127.0.0.1:0" }""");

        AgentOptions options = Check(
            "-config-file", path, "-discover=c", "-mdns-disable-ipv4", "-mdns-disable-ipv6");

        Assert.Equal(
            [
                "Warning: mDNS asks over neither IPv4 nor IPv6: this node looks for nobody",
                "Warning: Failed to start statsite sink. Got: address 127.0.0.1:0: missing port in address",
                "Warning: Failed to start statsd sink. Got: address nowhere: missing port in address",
            ],
            options.Warnings);
    }

    [Fact]
    public void Settings_that_stand_for_others_are_shown_as_what_is_in_effect()
    {
        AgentConfig shown = Check("-handler-timeout=-3s", "-handler-concurrency=-1", "-profile=wan").Source;

        Assert.Equal(
            (TimeSpan.Zero, Limits.HandlerCountMax, TimeSpan.FromSeconds(16)),
            (shown.HandlerTimeout, shown.HandlerConcurrency, shown.LeaveTimeout));
    }

    // The start's own lines are JSON then, and the one that counts the rest is no exception.
    [Fact]
    public void Held_lines_that_were_too_many_are_counted_in_the_form_of_the_log()
    {
        AgentLog log = new(Stream.Null, LogLevel.Info);
        log.Console.Format = LogFormat.Json;
        for (int index = 0; index <= Limits.ConsoleLineCountMax / 2; index++)
        {
            log.Write(LogLevel.Info, "agent: x");
        }

        string[] lines = log.Gate.Spill().Split('\n');

        Assert.All(lines[..^1], static line => Assert.StartsWith("{\"time\":", line, StringComparison.Ordinal));
        Assert.EndsWith(
            "\"message\":\"1 more log lines of the start were not kept\"}", lines[^2], StringComparison.Ordinal);
        log.Console.Dispose();
    }

    private static string RefusalOf(params string[] flags) =>
        Assert.Throws<SerfException>(() => Check(flags)).Message;

    private static AgentOptions Check(params string[] flags)
    {
        Assert.Null(AgentFlags.Parse(["-bind=127.0.0.1", .. flags], out AgentArguments parsed));
        return AgentSetup.Check(parsed, _machine);
    }
}
