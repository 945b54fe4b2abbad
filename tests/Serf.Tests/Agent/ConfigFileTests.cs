using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Serf.Agent;
using Serf.Posix;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class ConfigFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("serf-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData(" \t\r\n{ } garbage")]
    [InlineData("{}{\"node_name\":5}")]
    [InlineData("nullx")]
    [InlineData(
        "{\"rpc_addr\":null,\"tags\":null,\"start_join\":null,\"protocol\":null,\"replay_on_join\":null}")]
    [InlineData("{\"broadcast_timeout\":null,\"reconnect_timeout\":\"\"}")]
    public void Such_a_file_loads_and_sets_nothing(string json)
    {
        AgentConfig config = Decode(json);

        Assert.Equal("", config.NodeName + config.RpcAddress);
        Assert.Empty(config.Tags);
        Assert.Empty(config.StartJoin);
        Assert.Equal(0, config.Protocol);
        Assert.Equal(TimeSpan.Zero, config.BroadcastTimeout + config.ReconnectTimeout);
        Assert.Null(config.EnableCompression);
    }

    // Every text was printed by the original.
    [Theory]
    [InlineData("", "EOF")]
    [InlineData(" \n", "EOF")]
    [InlineData("{", "unexpected EOF")]
    [InlineData("{\"a", "unexpected EOF")]
    [InlineData("{\"a\":nul", "unexpected EOF")]
    [InlineData("{\"a\":1", "unexpected EOF")]
    [InlineData("{\"a\":[1,", "unexpected EOF")]
    [InlineData("{f", "invalid character 'f' looking for beginning of object key string")]
    [InlineData("{'a':1}", "invalid character '\\'' looking for beginning of object key string")]
    [InlineData("{\"a\":1,}", "invalid character '}' looking for beginning of object key string")]
    [InlineData("{,}", "invalid character ',' looking for beginning of object key string")]
    [InlineData("{\"a\" 1}", "invalid character '1' after object key")]
    [InlineData("{\"a\":1 2}", "invalid character '2' after object key:value pair")]
    [InlineData("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair")]
    [InlineData("{\"a\":01}", "invalid character '1' after object key:value pair")]
    [InlineData("{\"a\":1.}", "invalid character '}' after decimal point in numeric literal")]
    [InlineData("{\"a\":-}", "invalid character '}' in numeric literal")]
    [InlineData("{\"a\":1e}", "invalid character '}' in exponent of numeric literal")]
    [InlineData("{\"a\":tru}", "invalid character '}' in literal true (expecting 'e')")]
    [InlineData("{\"a\":trux}", "invalid character 'x' in literal true (expecting 'e')")]
    [InlineData("{\"a\":n}", "invalid character '}' in literal null (expecting 'u')")]
    [InlineData("{\"a\":fals ", "invalid character ' ' in literal false (expecting 'e')")]
    [InlineData("{\"a\":}", "invalid character '}' looking for beginning of value")]
    [InlineData("{\"a\":+1}", "invalid character '+' looking for beginning of value")]
    [InlineData("{\"a\":.5}", "invalid character '.' looking for beginning of value")]
    [InlineData("[1 2]", "invalid character '2' after array element")]
    [InlineData("[1,]", "invalid character ']' looking for beginning of value")]
    [InlineData("[[]}", "invalid character '}' after array element")]
    [InlineData("x", "invalid character 'x' looking for beginning of value")]
    [InlineData("}", "invalid character '}' looking for beginning of value")]
    [InlineData("\u0001", "invalid character '\\x01' looking for beginning of value")]
    [InlineData("\uFEFF{}", "invalid character '\u00EF' looking for beginning of value")]
    [InlineData("{\"a\":\"\u0001\"}", "invalid character '\\x01' in string literal")]
    [InlineData("{\"a\":\"\\x\"}", "invalid character 'x' in string escape code")]
    [InlineData("{\"a\":\"\\u12g4\"}", "invalid character 'g' in \\u hexadecimal character escape")]
    [InlineData("{\"a\":\"\\u12", "unexpected EOF")]
    [InlineData("{\"a\":\"\\", "unexpected EOF")]
    public void A_syntax_error_is_told_in_the_words_of_the_original(string json, string expected)
    {
        Assert.Equal(expected, RefusalOf(json));
    }

    [Theory]
    [InlineData("[]", "slice")]
    [InlineData("1", "float64")]
    [InlineData("\"a\"", "string")]
    [InlineData("true", "bool")]
    public void A_file_that_holds_no_object_is_refused(string json, string kind)
    {
        Assert.Equal($"'' expected a map or struct, got \"{kind}\"", RefusalOf(json));
    }

    [Theory]
    [InlineData("\"node_name\":1", "'node_name' expected type 'string', got unconvertible type 'float64'")]
    [InlineData("\"log_level\":true", "'log_level' expected type 'string', got unconvertible type 'bool'")]
    [InlineData("\"bind\":[]", "'bind' expected type 'string', got unconvertible type '[]interface {}'")]
    [InlineData("\"bind\":{}",
        "'bind' expected type 'string', got unconvertible type 'map[string]interface {}'")]
    [InlineData("\"protocol\":\"5\"", "'protocol' expected type 'int', got unconvertible type 'string'")]
    [InlineData("\"protocol\":1e300", "'protocol' is out of range: 1E+300")]
    [InlineData("\"protocol\":-3000000000", "'protocol' is out of range: -3000000000")]
    [InlineData("\"replay_on_join\":1",
        "'replay_on_join' expected type 'bool', got unconvertible type 'float64'")]
    [InlineData("\"broadcast_timeout\":5",
        "'broadcast_timeout' expected type 'string', got unconvertible type 'float64'")]
    [InlineData("\"start_join\":\"a\"", "'start_join': source data must be an array or slice, got string")]
    [InlineData("\"start_join\":{}", "'start_join': source data must be an array or slice, got map")]
    [InlineData("\"start_join\":[\"a\",[]]",
        "'start_join[1]' expected type 'string', got unconvertible type '[]interface {}'")]
    [InlineData("\"mdns\":[]", "'mdns' expected a map, got 'slice'")]
    [InlineData("\"mdns\":{\"interface\":1}",
        "'mdns.interface' expected type 'string', got unconvertible type 'float64'")]
    [InlineData("\"mdns\":{\"Disable_IPv4\":\"x\",\"zz\":1,\"interface\":null,\"a\":{}}",
        "'mdns.disable_ipv4' expected type 'bool', got unconvertible type 'string'\n"
        + "'mdns' has invalid keys: a, zz")]
    [InlineData("\"mdns\":{\"zz\":1}", "'mdns' has invalid keys: zz")]
    [InlineData("\"tags\":[]", "'tags' expected a map, got 'slice'")]
    [InlineData("\"tags\":{\"a\":1}", "'tags[a]' expected type 'string', got unconvertible type 'float64'")]
    public void A_value_of_the_wrong_type_is_a_fault(string member, string fault)
    {
        Assert.Equal(
            "decoding failed due to the following error(s):\n\n" + fault, RefusalOf("{" + member + "}"));
    }

    [Fact]
    public void All_faults_are_told_at_once_and_unknown_keys_last_and_sorted()
    {
        string refusal = RefusalOf(
            "{\"zeta\":1,\"tags\":{\"k\":1},\"node_name\":1,\"unknown_directive\":null,"
            + "\"broadcast_timeout\":\"5\"}");

        Assert.Equal(
            "decoding failed due to the following error(s):\n\n"
            + "'node_name' expected type 'string', got unconvertible type 'float64'\n"
            + "'tags[k]' expected type 'string', got unconvertible type 'float64'\n"
            + "'agent.Config' has invalid keys: unknown_directive, zeta",
            refusal);
    }

    [Fact]
    public void A_key_of_an_older_version_is_refused_by_name() => Assert.EndsWith(
        "\n\n'agent.Config' has invalid keys: leave_on_interrupt",
        RefusalOf("{\"leave_on_interrupt\":true}"),
        StringComparison.Ordinal);

    [Fact]
    public void What_a_hostile_file_has_to_say_stays_bounded()
    {
        StringBuilder json = new("{\"start_join\":[");
        json.AppendJoin(',', Enumerable.Repeat("1", 5000));
        json.Append(']');
        for (int index = 0; index < 5000; index++)
        {
            json.Append($",\"key{index}\":0");
        }

        string refusal = RefusalOf(json.Append('}').ToString());

        Assert.True(refusal.Length < 20_000);
        Assert.Contains("\nand 4900 more\n", refusal, StringComparison.Ordinal);
        Assert.EndsWith(" and 4900 more", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"broadcast_timeout\":\"5\"}", "time: missing unit in duration \"5\"")]
    [InlineData("{\"broadcast_timeout\":\"z\",\"tombstone_timeout\":\"x\",\"reconnect_interval\":\"y\"}",
        "time: invalid duration \"y\"")]
    public void A_bad_duration_is_told_alone(string json, string expected)
    {
        Assert.Equal(expected, RefusalOf(json));
    }

    [Fact]
    public void Every_key_reaches_its_setting()
    {
        AgentConfig config = Decode(
            """
            {
              "node_name": "n", "role": "r", "disable_coordinates": true, "tags": {"a": "1", "b": null},
              "bind": "b", "advertise": "ad", "log_level": "debug", "rpc_addr": "ra", "rpc_auth": "token",
              "protocol": 4.7, "replay_on_join": true, "query_response_size_limit": 11,
                  "query_size_limit": 12, "discover": "c",
              "mdns": {"INTERFACE": "eth1", "disable_ipv4": true, "disable_ipv6": true},
              "user_event_size_limit": 13, "start_join": ["x", null], "event_handlers": ["h"],
                  "profile": "wan",
              "leave_on_terminate": true, "skip_leave_on_interrupt": true, "interface": "eth0",
              "reconnect_interval": "-1s", "reconnect_timeout": "2h", "tombstone_timeout": "3m",
              "disable_name_resolution": true, "enable_compression": false, "broadcast_timeout": "7s",
              "validate_node_names": true, "MsgpackUseNewTimeFormat": true,
              "encrypt_key": "ek", "keyring_file": "kf", "tags_file": "tf", "encrypt_key_file": "ekf",
              "encrypt_verify_incoming": true, "encrypt_verify_outgoing": false, "label": "lb",
              "skip_inbound_label_check": true, "rpc_auth_file": "raf",
              "retry_join": ["r"], "retry_max_attempts": 6, "retry_interval": "8s"
            }
            """);

        Assert.Equal(("n", "r", "b", "ad"), (config.NodeName, config.Role, config.Bind, config.Advertise));
        Assert.Equal(("debug", "ra", "token"), (config.LogLevel, config.RpcAddress, config.RpcAuth));
        Assert.Equal(("ekf", "raf", "lb"), (config.EncryptKeyFile, config.RpcAuthFile, config.Label));
        Assert.Equal((true, false), (config.EncryptVerifyIncoming, config.EncryptVerifyOutgoing));
        Assert.True(config.SkipInboundLabelCheck);
        Assert.Equal(("ek", "kf", "tf"), (config.EncryptKey, config.KeyringFile, config.TagsFile));
        Assert.Equal([new("a", "1"), new("b", "")], config.Tags);
        Assert.Equal(("c", "eth1"), (config.Discover, config.MdnsInterface));
        Assert.True(config.MdnsDisableIPv4 && config.MdnsDisableIPv6);
        Assert.Equal(4, config.Protocol);
        Assert.Equal((11, 12, 13), (config.QueryResponseSizeMax, config.QuerySizeMax,
            config.UserEventSizeMax));
        Assert.Equal(["x", ""], config.StartJoin);
        Assert.Equal(["r"], config.RetryJoin);
        Assert.Equal((TimeSpan.FromSeconds(8), 6), (config.RetryInterval, config.RetryCountMax));
        Assert.Equal(["h"], config.EventHandlers);
        Assert.Equal(("wan", "eth0"), (config.Profile, config.Interface));
        Assert.True(config.DisableCoordinates && config.ReplayOnJoin && config.LeaveOnTerminate);
        Assert.True(config.SkipLeaveOnInterrupt && config.DisableNameResolution && config.ValidateNodeNames);
        Assert.False(config.EnableCompression);
        Assert.Equal(TimeSpan.FromSeconds(-1), config.ReconnectInterval);
        Assert.Equal(TimeSpan.FromHours(2), config.ReconnectTimeout);
        Assert.Equal(TimeSpan.FromMinutes(3), config.TombstoneTimeout);
        Assert.Equal(TimeSpan.FromSeconds(7), config.BroadcastTimeout);
    }

    [Theory]
    [InlineData("{\"NODE_NAME\":\"a\"}", "a")]
    [InlineData("{\"Node_Name\":\"a\",\"Node_Name\":\"b\"}", "b")]
    public void Keys_are_matched_whatever_their_case(string json, string expected)
    {
        Assert.Equal(expected, Decode(json).NodeName);
    }

    [Fact]
    public void The_exact_spelling_of_a_key_wins_and_the_others_are_unknown()
    {
        string refusal = RefusalOf("{\"NODE_NAME\":\"a\",\"node_name\":\"b\",\"Node_Name\":\"c\"}");

        Assert.EndsWith("has invalid keys: NODE_NAME, Node_Name", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\\u00e9\\n\\t\\\\\\/\\\"\\b\\f\\r", "\u00E9\n\t\\/\"\b\f\r")]
    [InlineData("\\ud83d\\ude00", "\U0001F600")]
    [InlineData("\\ud83d", "\uFFFD")]
    [InlineData("\\ud83dx\\ude00", "\uFFFDx\uFFFD")]
    [InlineData("\\ud83d\\u0041", "\uFFFDA")]
    [InlineData("\\u0000a", "\0a")]
    public void Escapes_are_resolved_and_broken_ones_replaced(string escaped, string expected)
    {
        Assert.Equal(expected, Decode($"{{\"node_name\":\"{escaped}\"}}").NodeName);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_replaced()
    {
        byte[] json = [.. "{\"node_name\":\"a"u8, 0xFF, .. "b\\n\"}"u8];

        Assert.Equal("a\uFFFDb\n", ConfigFile.Decode(json).NodeName);
    }

    [Theory]
    [InlineData(62, null)]
    [InlineData(63, "exceeded max depth")]
    [InlineData(100_000, "exceeded max depth")]
    public void Nesting_is_bounded(int depth, string? expected)
    {
        string value = new string('[', depth) + new string(']', depth);
        string refusal = RefusalOf($"{{\"a\":{{\"b\":{value}}}}}");

        Assert.Equal(expected is null, refusal.EndsWith("has invalid keys: a", StringComparison.Ordinal));
        Assert.Equal(expected is not null, refusal == expected);
    }

    [Fact]
    public void A_directory_gives_its_json_files_in_byte_order_and_nothing_else()
    {
        string[] names = ["2.json", "10.json", ".x.json", "B.json", "a.json", "\u00E9.json", "no.JSON",
            "no.txt"];
        foreach (string name in names)
        {
            File.WriteAllText(Path.Combine(_folder, name), $"{{\"node_name\":\"{name}\"}}");
        }

        Directory.CreateDirectory(Path.Combine(_folder, "x.json"));

        List<string> loaded = [];
        foreach (AgentConfig config in ConfigFile.Load(_folder))
        {
            loaded.Add(config.NodeName);
        }

        Assert.Equal([".x.json", "10.json", "2.json", "B.json", "a.json", "\u00E9.json"], loaded);
    }

    [Fact]
    public void A_file_whose_name_is_not_text_is_loaded_and_told_by_it()
    {
        string name = ByteText.FromBytes([.. "a"u8, 0xFF, .. ".json"u8]);
        Assert.Null(AtomicFile.Write(_folder + "/" + name, "{\"node_name\":\"x\"}"u8));
        Assert.Equal("x", Assert.Single(ConfigFile.Load(_folder)).NodeName);

        Assert.Null(AtomicFile.Write(_folder + "/" + name, "{"u8));
        SerfException refusal = Assert.Throws<SerfException>(() => ConfigFile.Load(_folder));

        Assert.Equal($"Error decoding '{_folder}/{name}': unexpected EOF", refusal.Message);
        Libc.RemoveFile(_folder + "/" + name);
    }

    [Fact]
    public void An_empty_directory_changes_nothing()
    {
        Assert.Empty(ConfigFile.Load(_folder));
    }

    [Fact]
    public void A_file_is_loaded_whatever_its_name()
    {
        string path = Path.Combine(_folder, "settings");
        File.WriteAllText(path, "{\"node_name\":\"x\"}");

        Assert.Equal("x", Assert.Single(ConfigFile.Load(path)).NodeName);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_with_its_path()
    {
        string path = Path.Combine(_folder, "nope");

        SerfException refusal = Assert.Throws<SerfException>(() => ConfigFile.Load(path));

        Assert.Equal($"Error reading '{path}': open {path}: no such file or directory", refusal.Message);
    }

    [Fact]
    public void An_empty_path_is_a_file_that_is_not_there()
    {
        SerfException refusal = Assert.Throws<SerfException>(() => ConfigFile.Load(""));

        Assert.Equal("Error reading '': open : no such file or directory", refusal.Message);
    }

    [Fact]
    public void A_dangling_link_in_a_directory_is_an_error()
    {
        string path = Path.Combine(_folder, "q.json");
        File.CreateSymbolicLink(path, "nope");

        SerfException refusal = Assert.Throws<SerfException>(() => ConfigFile.Load(_folder));

        Assert.Equal($"Error reading '{path}': open {path}: no such file or directory", refusal.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/./")]
    [InlineData("/../%/")]
    public void A_bad_file_in_a_directory_is_told_with_its_shortest_path(string suffix)
    {
        string path = Path.Combine(_folder, "a.json");
        File.WriteAllText(path, "{f");
        suffix = suffix.Replace("%", Path.GetFileName(_folder), StringComparison.Ordinal);

        SerfException refusal = Assert.Throws<SerfException>(() => ConfigFile.Load(_folder + suffix));

        Assert.Equal(
            $"Error decoding '{path}': invalid character 'f' looking for beginning of object key string",
            refusal.Message);
    }

    [Fact]
    public void A_file_without_an_end_is_given_up()
    {
        SerfException refusal = Assert.Throws<SerfException>(() => ConfigFile.Load("/dev/zero"));

        Assert.Equal("Error reading '/dev/zero': larger than 16777216 bytes", refusal.Message);
    }

    private static AgentConfig Decode(string json) => ConfigFile.Decode(Encoding.UTF8.GetBytes(json));

    private static string RefusalOf(string json) =>
        Assert.Throws<SerfException>(() => Decode(json)).Message;
}
