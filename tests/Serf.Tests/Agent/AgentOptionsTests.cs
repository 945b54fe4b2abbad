using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Serf.Agent;
using Serf.Agent.Handlers;
using Serf.Agent.Logging;
using Serf.Cli.Commands;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class AgentOptionsTests : IDisposable
{
    private static readonly AgentMachine _machine = new(() => "host1", name => name == "eth0");

    private readonly string _folder = Directory.CreateTempSubdirectory("serf-options-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_anything_every_setting_has_its_default()
    {
        AgentOptions options = Load();

        Assert.Equal("host1", options.NodeName);
        Assert.Equal(("0.0.0.0", "", ""), (options.Bind, options.Advertise, options.Interface));
        Assert.Equal(("INFO", "127.0.0.1:7373", ""), (options.LogLevel, options.RpcAddress, options.RpcAuth));
        Assert.Equal(("lan", 5), (options.Profile, options.Protocol));
        Assert.Equal(
            (1024, 1024, 512),
            (options.QueryResponseSizeMax, options.QuerySizeMax, options.UserEventSizeMax));
        Assert.Empty(options.StartJoin);
        Assert.Empty(options.EventHandlers);
        Assert.Equal(0, options.Tags.Count);
        Assert.False(options.ReplayOnJoin || options.LeaveOnTerminate || options.SkipLeaveOnInterrupt);
        Assert.True(options.NameConflictResolution && options.Compression);
        Assert.False(options.ValidateNodeNames || options.SkipInboundLabelCheck);
        Assert.True(options.EncryptVerifyIncoming && options.EncryptVerifyOutgoing && options.Label.IsEmpty);
        Assert.Equal(TimeSpan.FromSeconds(30), options.ReconnectInterval);
        Assert.Equal(TimeSpan.FromHours(24), options.ReconnectTimeout);
        Assert.Equal(TimeSpan.FromHours(24), options.TombstoneTimeout);
        Assert.Equal(TimeSpan.FromSeconds(5), options.BroadcastTimeout);
        Assert.Equal((0L, 64), (options.HandlerLimits.TimeoutMilliseconds, options.HandlerLimits.ProcessCountMax));
        Assert.Empty(options.RetryJoin);
        Assert.Equal((TimeSpan.FromSeconds(30), 0), (options.RetryInterval, options.RetryCountMax));
        Assert.False(options.ToSerfOptions().HasSeeds);
        Assert.Empty(options.Warnings);
    }

    [Fact]
    public void Every_flag_reaches_its_setting()
    {
        AgentOptions options = Load(
            "-node=n", "-bind=b:1", "-advertise=a:2", "-join=j1", "-join", "j2", "-replay", "-rpc-addr=r:3",
            "-event-handler=x", "-event-handler", "query:load=uptime", "-tag", "a=b=c", "-tag=e=",
                "-profile=wan",
            "-log-level=debug", "-iface=eth0", "-protocol=4", "-disable-compression",
                "-broadcast-timeout=90s", "-label=lb", "-skip-inbound-label-check",
            "-encrypt-verify-incoming=false", "-encrypt-verify-outgoing=0", "-encrypt=ek", "-keyring-file=kf", "-tags-file=tf",
            "-retry-join=r1", "-retry-join=r2", "-retry-interval=2m", "-retry-max=3",
            "-handler-timeout=1m30s", "-handler-concurrency=4", "-leave-timeout=20s");

        Assert.Equal(("n", "b:1", "a:2"), (options.NodeName, options.Bind, options.Advertise));
        Assert.Equal(["j1", "j2"], options.StartJoin);
        Assert.Equal(["r1", "r2"], options.RetryJoin);
        Assert.Equal((TimeSpan.FromMinutes(2), 3), (options.RetryInterval, options.RetryCountMax));
        Assert.True(options.ReplayOnJoin);
        Assert.Equal("r:3", options.RpcAddress);
        Assert.Equal(["*:x", "query:load:uptime"],
            options.EventHandlers.Select(h => $"{h.Filter}:{h.Command}"));
        Assert.Equal(["a=b=c", "e="], TagsOf(options));
        Assert.Equal(("wan", "debug", "eth0"), (options.Profile, options.LogLevel, options.Interface));
        Assert.Equal(("ek", "kf", "tf"), (options.EncryptKey, options.KeyringFile, options.TagsFile));
        Assert.Equal((ByteString.FromText("lb"), true), (options.Label, options.SkipInboundLabelCheck));
        Assert.False(options.EncryptVerifyIncoming || options.EncryptVerifyOutgoing);
        Assert.Equal(4, options.Protocol);
        Assert.False(options.Compression);
        Assert.Equal(TimeSpan.FromSeconds(90), options.BroadcastTimeout);
        Assert.Equal(new HandlerLimits(TimeSpan.FromSeconds(90), 4), options.HandlerLimits);
        Assert.Equal(TimeSpan.FromSeconds(20), options.LeaveTimeout);
        Assert.Empty(options.Warnings);
    }

    [Theory]
    [InlineData(13, "-profile=lan")]
    [InlineData(16, "-profile=wan")]
    [InlineData(12, "-profile=local")]
    [InlineData(43, "-broadcast-timeout=20s")]
    [InlineData(13, "-leave-timeout=-1s")]
    [InlineData(1, "-broadcast-timeout=20s", "-leave-timeout=1s")]
    public void A_leave_may_take_longer_than_it_can_unless_told_otherwise(int seconds, params string[] flags) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Load(flags).LeaveTimeout);

    [Fact]
    public void The_longest_broadcast_timeout_leaves_a_limit_for_the_leave() =>
        Assert.True(Load("-broadcast-timeout=2562047h").LeaveTimeout > TimeSpan.FromDays(3650));

    [Fact]
    public void More_handlers_at_once_than_there_may_be_are_told_of_and_put_right()
    {
        AgentOptions options = Load("-handler-concurrency=65");

        Assert.Equal(["Warning: 'HandlerConcurrency' is too high. Setting to 64"], options.Warnings);
        Assert.Equal(64, options.HandlerLimits.ProcessCountMax);
    }

    [Fact]
    public void Limits_of_handlers_and_leaves_come_from_files_too()
    {
        string path = Write("limits.json", """
            { "handler_timeout": "5s", "handler_concurrency": 3, "leave_timeout": "7s" }
            """);

        AgentOptions options = Load("-config-file", path);

        Assert.Equal(new HandlerLimits(TimeSpan.FromSeconds(5), 3), options.HandlerLimits);
        Assert.Equal(TimeSpan.FromSeconds(7), options.LeaveTimeout);
    }

    [Fact]
    public void There_is_no_flag_for_the_token_itself() => Assert.Equal(
        "flag provided but not defined: -rpc-auth", AgentFlags.Parse(["-rpc-auth=x"], out _));

    [Fact]
    public void Discovery_is_set_by_flags_or_by_files_member_by_member()
    {
        string first = Write("d1.json", "{\"discover\":\"c1\",\"mdns\":{\"disable_ipv4\":true}}");
        string second = Write("d2.json", "{\"interface\":\"eth0\",\"mdns\":{\"interface\":\"eth0\"}}");

        Assert.Equal(new MdnsSettings(), Load().Mdns);
        Assert.False(Load().Mdns.IsOn);
        Assert.Equal(
            new MdnsSettings("c", "eth0", true, false),
            Load("-discover=c", "-mdns-iface=eth0", "-mdns-disable-ipv4").Mdns);
        Assert.Equal(new MdnsSettings("c", "eth0", false, true),
            Load("-discover=c", "-iface=eth0", "-mdns-disable-ipv6").Mdns);
        Assert.Equal(new MdnsSettings("c1", "", true, false), Load("-config-file", first).Mdns);
        Assert.Equal(
            new MdnsSettings("c2", "eth0", true, false),
            Load("-config-file", first, "-config-file", second, "-discover=c2", "-mdns-disable-ipv4=false")
                .Mdns);
        Assert.Equal(
            new MdnsSettings("c", "", true, true),
            Load("-discover=c", "-mdns-disable-ipv4", "-mdns-disable-ipv6").Mdns);
    }

    [Theory]
    [InlineData("mDNS interface specified without enabling mDNS discovery", "-mdns-iface=none")]
    [InlineData(
        "Invalid mDNS network interface: route ip+net: no such network interface",
        "-discover=c", "-mdns-iface=none", "-mdns-disable-ipv4", "-mdns-disable-ipv6")]
    [InlineData(
        "Invalid mDNS configuration: both IPv4 and IPv6 are disabled",
        "-discover=c", "-mdns-iface=eth0", "-mdns-disable-ipv4", "-mdns-disable-ipv6")]
    [InlineData("Invalid network interface: route ip+net: no such network interface", "-iface=x", "-mdns-iface=x")]
    public void A_bad_setting_of_discovery_is_refused_in_the_order_of_the_original(
        string expected, params string[] arguments)
    {
        Assert.Equal(expected, Assert.Throws<SerfException>(() => Load(arguments)).Message);
    }

    [Fact]
    public void The_snapshot_is_set_by_flags_or_by_a_file_and_a_rejoin_without_one_is_warned_of()
    {
        string file = Write("s.json", "{\"snapshot_path\":\"f\",\"rejoin_after_leave\":true}");

        AgentOptions none = Load();
        AgentOptions flags = Load("-snapshot=s", "-rejoin");
        AgentOptions files = Load("-config-file", file, "-rejoin=false");

        Assert.Equal(("", false), (none.SnapshotPath, none.RejoinAfterLeave));
        Assert.Equal(("s", true), (flags.SnapshotPath, flags.RejoinAfterLeave));
        Assert.Equal(("f", true), (files.SnapshotPath, files.RejoinAfterLeave));
        Assert.Empty(flags.Warnings);
        Assert.Equal(["Warning: 'RejoinAfterLeave' enabled without snapshot file"], Load("-rejoin").Warnings);
    }

    [Fact]
    public void Targets_of_log_lines_and_metrics_are_set_by_flags_or_by_files()
    {
        string file = Write(
            "t.json",
            "{\"enable_syslog\":true,\"syslog_facility\":\"daemon\",\"log_format\":\"json\","
            + "\"statsite_addr\":\"a:1\",\"statsd_addr\":\"b:2\"}");

        AgentOptions none = Load();
        AgentOptions flags = Load("-syslog", "-log-format=JSON");
        AgentOptions files = Load("-config-file", file, "-syslog=false", "-log-format=text");

        Assert.Equal((false, "LOCAL0", "text"), (none.EnableSyslog, none.SyslogFacility, none.LogFormat));
        Assert.Equal(("", ""), (none.StatsiteAddress, none.StatsdAddress));
        Assert.Equal((true, "LOCAL0", "JSON"), (flags.EnableSyslog, flags.SyslogFacility, flags.LogFormat));
        Assert.Equal((true, "daemon", "text"), (files.EnableSyslog, files.SyslogFacility, files.LogFormat));
        Assert.Equal(("a:1", "b:2"), (files.StatsiteAddress, files.StatsdAddress));
    }

    [Fact]
    public void Defaults_give_way_to_files_and_files_to_flags()
    {
        string first = Write("1.json",
            "{\"node_name\":\"f1\",\"bind\":\"f1\",\"profile\":\"wan\",\"protocol\":3}");
        string second = Write("2.json",
            "{\"node_name\":\"f2\",\"bind\":\"\",\"log_level\":\"warn\",\"protocol\":-1}");

        AgentOptions options = Load("-config-file", second, "-config-dir", first, "-node=flag",
            "-log-level=");

        Assert.Equal(("flag", "f1", "wan"), (options.NodeName, options.Bind, options.Profile));
        Assert.Equal(("warn", 3), (options.LogLevel, options.Protocol));
        Assert.Equal("f1", Load("-config-file", second, "-config-file", first).NodeName);
        Assert.Equal("f2", Load("-config-dir", _folder).NodeName);
        Assert.Equal("f2", Load("-config-file", _folder).NodeName);
    }

    [Fact]
    public void Lists_are_appended_in_load_order_and_flags_come_last()
    {
        string first = Write("1.json", "{\"start_join\":[\"a\",\"b\"],\"event_handlers\":[\"h1\"]}");
        string second = Write("2.json", "{\"start_join\":[\"c\"],\"event_handlers\":[\"h2\"]}");

        AgentOptions options = Load(
            "-join=z", "-event-handler=h0", "-config-file", second, "-config-file", first);

        Assert.Equal(["c", "a", "b", "z"], options.StartJoin);
        Assert.Equal(["h2", "h1", "h0"], options.EventHandlers.Select(handler => handler.Command));
    }

    [Fact]
    public void Tags_are_laid_over_each_other_key_by_key()
    {
        string first = Write("1.json", "{\"tags\":{\"a\":\"1\",\"b\":\"1\",\"c\":\"1\"}}");
        string second = Write("2.json", "{\"tags\":{\"b\":\"2\",\"c\":\"2\"}}");

        AgentOptions options = Load(
            "-config-file", first, "-config-file", second, "-tag=c=3", "-tag=d=3", "-tag=d=4");

        Assert.Equal(["a=1", "b=2", "c=3", "d=4"], TagsOf(options));
    }

    [Fact]
    public void What_is_true_once_stays_true()
    {
        string first = Write(
            "1.json",
            "{\"replay_on_join\":true,\"leave_on_terminate\":true,\"skip_leave_on_interrupt\":true,"
            + "\"disable_name_resolution\":true,\"disable_coordinates\":true,\"validate_node_names\":true}");
        string second = Write(
            "2.json",
            "{\"replay_on_join\":false,\"leave_on_terminate\":false,\"skip_leave_on_interrupt\":false,"
            + "\"disable_name_resolution\":false,\"validate_node_names\":false}");

        AgentOptions options = Load("-config-file", first, "-config-file", second, "-replay=false");

        Assert.True(options.ReplayOnJoin && options.LeaveOnTerminate && options.SkipLeaveOnInterrupt);
        Assert.True(options.ValidateNodeNames);
        Assert.False(options.NameConflictResolution);
    }

    [Fact]
    public void Numbers_and_durations_are_overridden_unless_zero()
    {
        string first = Write(
            "1.json",
            "{\"query_size_limit\":1,\"query_response_size_limit\":2,\"user_event_size_limit\":3,"
            + "\"reconnect_interval\":\"-5s\",\"reconnect_timeout\":\"1s\",\"tombstone_timeout\":\"1s\"}");
        string second = Write(
            "2.json",
            "{\"query_size_limit\":0,\"user_event_size_limit\":9,\"reconnect_timeout\":\"0s\","
            + "\"tombstone_timeout\":\"2s\"}");

        AgentOptions options = Load("-config-file", first, "-config-file", second);

        Assert.Equal(
            (1, 2, 9), (options.QuerySizeMax, options.QueryResponseSizeMax, options.UserEventSizeMax));
        Assert.Equal(TimeSpan.FromSeconds(-5), options.ReconnectInterval);
        Assert.Equal(TimeSpan.FromSeconds(1), options.ReconnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(2), options.TombstoneTimeout);
    }

    [Theory]
    [InlineData("{}", false, true)]
    [InlineData("{\"enable_compression\":false}", false, false)]
    [InlineData("{\"enable_compression\":true}", false, true)]
    [InlineData("{\"enable_compression\":true}", true, false)]
    [InlineData("{}", true, false)]
    public void Compression_is_on_unless_file_or_flag_turn_it_off(string json, bool flag, bool expected)
    {
        string path = Write("1.json", json);

        Assert.Equal(expected, Load("-config-file", path, "-disable-compression=" + flag).Compression);
    }

    [Theory]
    [InlineData("{}", "", true)]
    [InlineData("{\"encrypt_verify_incoming\":false}", "", false)]
    [InlineData("{\"encrypt_verify_incoming\":true}", "=false", false)]
    [InlineData("{\"encrypt_verify_incoming\":false}", "=true", true)]
    [InlineData("{}", "=false", false)]
    public void What_is_on_by_default_is_turned_off_and_on_again_by_a_later_source(
        string json, string flag, bool expected)
    {
        string path = Write("1.json", json);
        string[] flags = flag.Length == 0 ? [] : ["-encrypt-verify-incoming" + flag];
        string outgoing = Write("2.json", json.Replace("incoming", "outgoing", StringComparison.Ordinal));

        Assert.Equal(expected, Load(["-config-file", path, .. flags]).EncryptVerifyIncoming);
        Assert.Equal(
            expected,
            Load(["-config-file", outgoing, .. flags.Select(one =>
                one.Replace("incoming", "outgoing", StringComparison.Ordinal))]).EncryptVerifyOutgoing);
    }

    [Theory]
    [InlineData("-protocol=0", 5)]
    [InlineData("-protocol=-5", 5)]
    [InlineData("-protocol=1", 1)]
    [InlineData("-protocol=6", 6)]
    [InlineData("-protocol=258", 258)]
    [InlineData("-protocol=9223372036854775807", int.MaxValue)]
    public void A_protocol_below_one_counts_as_not_given_and_none_wraps_around(string argument, int expected)
    {
        Assert.Equal(expected, Load(argument).Protocol);
    }

    [Theory]
    [InlineData("-tag=foo", "Error: Invalid tag: 'foo'")]
    [InlineData("-tag==x", "Error: Invalid tag: '=x'")]
    [InlineData("-tag=", "Error: Invalid tag: ''")]
    [InlineData("-retry-interval=10", "Error: time: missing unit in duration \"10\"")]
    [InlineData("-broadcast-timeout=x", "Error: time: invalid duration \"x\"")]
    [InlineData("-broadcast-timeout=10", "Error: time: missing unit in duration \"10\"")]
    [InlineData("-config-file=/nope", "Error reading '/nope': open /nope: no such file or directory")]
    [InlineData("-event-handler=bogus=foo.sh", "Invalid event script: Event 'bogus' invoking 'foo.sh'")]
    [InlineData("-iface=eth9", "Invalid network interface: route ip+net: no such network interface")]
    public void A_failing_check_has_the_words_of_the_original(string argument, string expected)
    {
        Assert.Equal(expected, RefusalOf(_machine, argument));
    }

    [Fact]
    public void The_first_failing_check_is_told()
    {
        AgentMachine nameless = new(() => throw new SerfException("too quiet"), _ => false);
        List<string> arguments =
        [
            "-iface=none", "-event-handler=bogus=x", "-config-file=/nope", "-broadcast-timeout=x",
            "-retry-interval=y", "-tag=x",
        ];
        string[] expected =
        [
            "Error: Invalid tag: 'x'",
            "Error: time: invalid duration \"y\"",
            "Error: time: invalid duration \"x\"",
            "Error reading '/nope': open /nope: no such file or directory",
            "Error determining hostname: too quiet",
        ];

        foreach (string refusal in expected)
        {
            Assert.Equal(refusal, RefusalOf(nameless, [.. arguments]));
            arguments.RemoveAt(arguments.Count - 1);
        }

        arguments = ["-node=n", "-iface=none", "-event-handler=bogus=x"];
        Assert.StartsWith("Invalid event script", RefusalOf(nameless, [.. arguments]),
            StringComparison.Ordinal);
        Assert.StartsWith("Invalid network", RefusalOf(nameless, [.. arguments[..2]]),
            StringComparison.Ordinal);
        Assert.Equal("n", LoadOn(nameless, "-node=n").NodeName);
    }

    [Fact]
    public void The_deprecated_role_wins_over_the_tag_and_warns()
    {
        AgentOptions options = Load("-tag=role=a", "-tag=x=y", "-role=b", "-broadcast-timeout=10ms", "-retry-interval=-1s");

        Assert.Equal(["role=b", "x=y"], TagsOf(options));
        Assert.Equal(
            [
                "Deprecation warning: 'Role' has been replaced with 'Tags'",
                "Warning: 'RetryInterval' is too low. Setting to 1s",
                "Warning: 'BroadcastTimeout' is too low. Setting to 1s",
            ],
            options.Warnings);
        Assert.Equal(TimeSpan.FromSeconds(1), options.RetryInterval);
    }

    [Theory]
    [InlineData("10ms", 1000, 1)]
    [InlineData("-5s", 1000, 1)]
    [InlineData("1ns", 1000, 1)]
    [InlineData("999999999ns", 1000, 1)]
    [InlineData("1s", 1000, 0)]
    [InlineData("1500ms", 1500, 0)]
    [InlineData("0", 5000, 0)]
    [InlineData("0s", 5000, 0)]
    [InlineData("", 5000, 0)]
    public void A_short_broadcast_timeout_is_put_right_from_flag_and_file(string text, int milliseconds,
        int warnings)
    {
        string path = Write("1.json", $"{{\"broadcast_timeout\":\"{(text == "0" ? "0s" : text)}\"}}");

        AgentOptions[] both = [Load("-broadcast-timeout", text), Load("-config-file", path)];
        foreach (AgentOptions options in both)
        {
            Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), options.BroadcastTimeout);
            Assert.Equal(warnings, options.Warnings.Count);
        }
    }

    [Fact]
    public void Flags_behind_a_plain_argument_are_ignored()
    {
        AgentOptions options = Load("-node=a", "extra", "-node=b", "-bogus");

        Assert.Equal("a", options.NodeName);
        Assert.Null(AgentFlags.Parse(["-node=a", "extra", "-node=b"], out AgentArguments arguments));
        Assert.Equal("extra", arguments.Extra);
        Assert.Null(AgentFlags.Parse(["-node=a", "--"], out arguments));
        Assert.Null(arguments.Extra);
    }

    [Fact]
    public void Loading_again_with_the_same_arguments_gives_the_same_and_sees_changed_files()
    {
        string path = Write("1.json", "{\"tags\":{\"a\":\"1\"},\"start_join\":[\"x\"]}");
        Assert.Null(AgentFlags.Parse(["-config-file", path, "-tag=b=1", "-join=y"],
            out AgentArguments arguments));

        AgentOptions before = AgentOptions.Load(arguments, _machine);
        AgentOptions again = AgentOptions.Load(arguments, _machine);
        Write("1.json", "{\"log_level\":\"debug\"}");
        AgentOptions after = AgentOptions.Load(arguments, _machine);

        Assert.Equal(TagsOf(before), TagsOf(again));
        Assert.Equal(["x", "y"], before.StartJoin);
        Assert.Equal(before.StartJoin, again.StartJoin);
        Assert.Equal(["b=1"], TagsOf(after));
        Assert.Equal(("debug", 1), (after.LogLevel, after.StartJoin.Count));
    }

    [Fact]
    public void The_profiles_are_lan_wan_and_local_and_nothing_else()
    {
        Assert.True(Load().TryGetProfile(out SwimOptions lan));
        Assert.True(Load("-profile=wan").TryGetProfile(out SwimOptions wan));
        Assert.True(Load("-profile=local").TryGetProfile(out SwimOptions local));

        Assert.Equal((SwimOptions.Lan, SwimOptions.Wan, SwimOptions.Local), (lan, wan, local));
        Assert.False(Load("-profile=LAN").TryGetProfile(out _));
        Assert.False(Load("-profile=moon").TryGetProfile(out _));
    }

    [Fact]
    public void Any_configured_join_address_is_one_to_be_tried_again()
    {
        Assert.True(Load("-join=a").ToSerfOptions().HasSeeds);
        Assert.True(Load("-retry-join=a").ToSerfOptions().HasSeeds);
    }

    [Fact]
    public void The_cluster_layer_gets_the_settings_that_concern_it()
    {
        string path = Write(
            "1.json",
            "{\"query_size_limit\":1,\"query_response_size_limit\":2,\"user_event_size_limit\":3,"
            + "\"reconnect_interval\":\"4s\",\"reconnect_timeout\":\"5s\",\"tombstone_timeout\":\"6s\","
            + "\"disable_name_resolution\":true,\"broadcast_timeout\":\"7s\",\"protocol\":3,"
            + "\"validate_node_names\":true}");
        AgentOptions options = Load("-config-file", path, "-tag=a=b");

        SerfOptions serf = options.ToSerfOptions();

        Assert.Same(options.Tags, serf.Tags);
        Assert.Equal((1, 2, 3), (serf.QuerySizeMax, serf.QueryResponseSizeMax, serf.UserEventSizeMax));
        Assert.Equal(
            (4, 5, 6),
            (serf.ReconnectInterval.Seconds, serf.ReconnectTimeout.Seconds, serf.TombstoneTimeout.Seconds));
        Assert.Equal((7, 3), (serf.BroadcastTimeout.Seconds, serf.ProtocolVersion));
        Assert.Equal((false, true), (serf.NameConflictResolution, serf.ValidateNodeNames));
    }

    [Fact]
    public void This_machine_has_a_name_and_a_loopback_interface()
    {
        Assert.NotEqual("", AgentMachine.Local.HostName());
        Assert.True(AgentMachine.Local.HasInterface("lo"));
        Assert.False(AgentMachine.Local.HasInterface("no-such-interface"));
        Assert.False(AgentMachine.Local.HasInterface("lo\0x"));
    }

    // Start-up errors that end before anything is opened.
    [Theory]
    [InlineData("69-agent")]
    [InlineData("70-agent")]
    [InlineData("72-agent")]
    [InlineData("73-agent")]
    public void A_recorded_start_up_error_is_repeated(string name)
    {
        JsonElement vector = VectorFile.Find("cli-transcripts.json", name);
        string[] arguments =
        [
            .. vector.GetProperty("input").GetProperty("arguments").EnumerateArray()
                .Skip(1).Select(argument => argument.GetString()!),
        ];

        Assert.Equal(vector.GetProperty("stdout").GetString(), $"==> {FirstError(arguments)}\n");
    }

    private static string? FirstError(string[] arguments)
    {
        try
        {
            AgentOptions options = Load(arguments);
            if (!LogLevels.TryParse(options.LogLevel, out _))
            {
                return AgentMessages.InvalidLogLevel(options.LogLevel);
            }

            return options.TryGetProfile(out _) ? null : AgentMessages.UnknownProfile(options.Profile);
        }
        catch (SerfException exception)
        {
            return exception.Message;
        }
    }

    private static AgentOptions Load(params string[] arguments) => LoadOn(_machine, arguments);

    private static AgentOptions LoadOn(AgentMachine machine, params string[] arguments)
    {
        Assert.Null(AgentFlags.Parse(arguments, out AgentArguments parsed));
        return AgentOptions.Load(parsed, machine);
    }

    private static string RefusalOf(AgentMachine machine, params string[] arguments) =>
        Assert.Throws<SerfException>(() => LoadOn(machine, arguments)).Message;

    private static string[] TagsOf(AgentOptions options) =>
        [.. options.Tags.Entries.ToArray().Select(tag => $"{tag.Key}={tag.Value}")];

    private string Write(string name, string json)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, json);
        return path;
    }
}
