using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// One key of the configuration file: its name, how its value reaches the settings, and how the setting is
/// shown. There is none without both ways.
/// </summary>
internal sealed class ConfigKey
{
    /// <summary>Every key that is understood (spec agent 3.3), in the order faults are told.</summary>
    public static readonly IReadOnlyList<ConfigKey> Table =
    [
        Text("node_name", static c => c.NodeName, static (c, value) => c.NodeName = value),
        Text("role", static c => c.Role, static (c, value) => c.Role = value),
        Bool(
            "disable_coordinates",
            static c => c.DisableCoordinates,
            static (c, value) => c.DisableCoordinates = value),
        new("tags", ReadTags, WriteTags),
        Text("tags_file", static c => c.TagsFile, static (c, value) => c.TagsFile = value),
        Text("bind", static c => c.Bind, static (c, value) => c.Bind = value),
        Text("advertise", static c => c.Advertise, static (c, value) => c.Advertise = value),
        Secret("encrypt_key", static c => c.EncryptKey, static (c, value) => c.EncryptKey = value),
        Text(
            "encrypt_key_file", static c => c.EncryptKeyFile, static (c, value) => c.EncryptKeyFile = value),
        Text("keyring_file", static c => c.KeyringFile, static (c, value) => c.KeyringFile = value),
        Bool(
            "encrypt_verify_incoming",
            static c => c.EncryptVerifyIncoming ?? true,
            static (c, value) => c.EncryptVerifyIncoming = value),
        Bool(
            "encrypt_verify_outgoing",
            static c => c.EncryptVerifyOutgoing ?? true,
            static (c, value) => c.EncryptVerifyOutgoing = value),
        Text("label", static c => c.Label, static (c, value) => c.Label = value),
        Bool(
            "skip_inbound_label_check",
            static c => c.SkipInboundLabelCheck,
            static (c, value) => c.SkipInboundLabelCheck = value),
        Text("log_level", static c => c.LogLevel, static (c, value) => c.LogLevel = value),
        Text("log_format", static c => c.LogFormat, static (c, value) => c.LogFormat = value),
        Text("rpc_addr", static c => c.RpcAddress, static (c, value) => c.RpcAddress = value),
        Secret("rpc_auth", static c => c.RpcAuth, static (c, value) => c.RpcAuth = value),
        Text("rpc_auth_file", static c => c.RpcAuthFile, static (c, value) => c.RpcAuthFile = value),
        Number("protocol", static c => c.Protocol, static (c, value) => c.Protocol = value),
        Bool("replay_on_join", static c => c.ReplayOnJoin, static (c, value) => c.ReplayOnJoin = value),
        Number(
            "query_response_size_limit",
            static c => c.QueryResponseSizeMax,
            static (c, value) => c.QueryResponseSizeMax = value),
        Number("query_size_limit", static c => c.QuerySizeMax, static (c, value) => c.QuerySizeMax = value),
        Number(
            "user_event_size_limit",
            static c => c.UserEventSizeMax,
            static (c, value) => c.UserEventSizeMax = value),
        List("start_join", static c => c.StartJoin),
        List("event_handlers", static c => c.EventHandlers),
        Duration(
            "handler_timeout", static c => c.HandlerTimeout, static (c, value) => c.HandlerTimeout = value),
        Number(
            "handler_concurrency",
            static c => c.HandlerConcurrency,
            static (c, value) => c.HandlerConcurrency = value),
        Text("profile", static c => c.Profile, static (c, value) => c.Profile = value),
        Text("snapshot_path", static c => c.SnapshotPath, static (c, value) => c.SnapshotPath = value),
        Bool(
            "leave_on_terminate",
            static c => c.LeaveOnTerminate,
            static (c, value) => c.LeaveOnTerminate = value),
        Duration("leave_timeout", static c => c.LeaveTimeout, static (c, value) => c.LeaveTimeout = value),
        Bool(
            "skip_leave_on_interrupt",
            static c => c.SkipLeaveOnInterrupt,
            static (c, value) => c.SkipLeaveOnInterrupt = value),
        Text("discover", static c => c.Discover, static (c, value) => c.Discover = value),
        new("mdns", MdnsKeys.Read, MdnsKeys.Write),
        Text("interface", static c => c.Interface, static (c, value) => c.Interface = value),
        Duration(
            "reconnect_interval",
            static c => c.ReconnectInterval,
            static (c, value) => c.ReconnectInterval = value),
        Duration(
            "reconnect_timeout",
            static c => c.ReconnectTimeout,
            static (c, value) => c.ReconnectTimeout = value),
        Duration(
            "tombstone_timeout",
            static c => c.TombstoneTimeout,
            static (c, value) => c.TombstoneTimeout = value),
        Bool(
            "rejoin_after_leave",
            static c => c.RejoinAfterLeave,
            static (c, value) => c.RejoinAfterLeave = value),
        Bool(
            "disable_name_resolution",
            static c => c.DisableNameResolution,
            static (c, value) => c.DisableNameResolution = value),
        Bool("enable_syslog", static c => c.EnableSyslog, static (c, value) => c.EnableSyslog = value),
        Text("syslog_facility", static c => c.SyslogFacility, static (c, value) => c.SyslogFacility = value),
        List("retry_join", static c => c.RetryJoin),
        Number(
            "retry_max_attempts", static c => c.RetryCountMax, static (c, value) => c.RetryCountMax = value),
        Duration("retry_interval", static c => c.RetryInterval, static (c, value) => c.RetryInterval = value),
        Bool(
            "enable_compression",
            static c => c.EnableCompression ?? true,
            static (c, value) => c.EnableCompression = value),
        Text("statsite_addr", static c => c.StatsiteAddress, static (c, value) => c.StatsiteAddress = value),
        Text("statsd_addr", static c => c.StatsdAddress, static (c, value) => c.StatsdAddress = value),
        Duration(
            "broadcast_timeout",
            static c => c.BroadcastTimeout,
            static (c, value) => c.BroadcastTimeout = value),
        Bool(
            "validate_node_names",
            static c => c.ValidateNodeNames,
            static (c, value) => c.ValidateNodeNames = value),

        // Of no effect in the original either, whatever it says.
        Bool("MsgpackUseNewTimeFormat", static _ => false, static (_, _) => { }),
    ];

    private const string Masked = "***";

    // What a reload takes over (spec agent 20.3), and what has no effect at all.
    private static readonly HashSet<string> _reloaded =
    [
        "log_level", "event_handlers", "handler_timeout", "handler_concurrency", "tags", "role",
        "leave_on_terminate", "leave_timeout", "skip_leave_on_interrupt", "MsgpackUseNewTimeFormat",
    ];

    private readonly Action<ConfigKey, ConfigValue, ConfigDecoding> _read;
    private readonly Action<AgentConfig, JsonText> _write;

    private ConfigKey(
        string name,
        Action<ConfigKey, ConfigValue, ConfigDecoding> read,
        Action<AgentConfig, JsonText> write)
    {
        Name = name;
        _read = read;
        _write = write;
    }

    public string Name { get; }

    // Of a secret, which is not to be compared by what is shown of it.
    private Func<AgentConfig, string>? Hidden { get; init; }

    /// <summary>Takes the value over, or notes a fault. Null leaves the key unset.</summary>
    public void Read(ConfigValue value, ConfigDecoding decoding)
    {
        if (value.Kind != ConfigValueKind.Null)
        {
            _read(this, value, decoding);
        }
    }

    /// <summary>A configuration as a file would hold it, secrets masked; no line feed at the end.</summary>
    public static string Print(AgentConfig config)
    {
        JsonText json = new();
        json.BeginObject();
        foreach (ConfigKey key in Table)
        {
            key.Write(config, json);
        }

        return json.EndObject().ToString();
    }

    /// <summary>Keys whose values differ and take effect at a start only.</summary>
    public static List<string> NeedingRestart(AgentConfig running, AgentConfig loaded)
    {
        List<string> names = [];
        foreach (ConfigKey key in Table)
        {
            if (!_reloaded.Contains(key.Name) && key.ValueOf(running) != key.ValueOf(loaded))
            {
                names.Add(key.Name);
            }
        }

        return names;
    }

    /// <summary>Shows key and value as they may stand in a file; a secret is masked.</summary>
    public void Write(AgentConfig config, JsonText json) => _write(config, json.Key(Name));

    private string ValueOf(AgentConfig config)
    {
        if (Hidden is { } hidden)
        {
            return hidden(config);
        }

        JsonText json = new();
        Write(config, json);
        return json.ToString();
    }

    private static ConfigKey Text(
        string name, Func<AgentConfig, string> get, Action<AgentConfig, string> set) =>
        Text(name, set, (config, json) => json.Text(get(config)));

    private static ConfigKey Secret(
        string name, Func<AgentConfig, string> get, Action<AgentConfig, string> set) =>
        Text(name, set, (config, json) => json.Text(get(config).Length == 0 ? "" : Masked), get);

    private static ConfigKey Text(
        string name, Action<AgentConfig, string> set, Action<AgentConfig, JsonText> write,
        Func<AgentConfig, string>? hidden = null) => new(
        name,
        (key, value, decoding) =>
        {
            if (key.Expect(ConfigValueKind.Text, "string", value.Kind, decoding))
            {
                set(decoding.Config, value.Text);
            }
        },
        write)
    {
        Hidden = hidden,
    };

    private static ConfigKey Bool(
        string name, Func<AgentConfig, bool> get, Action<AgentConfig, bool> set) => new(
        name,
        (key, value, decoding) =>
        {
            if (key.Expect(ConfigValueKind.Bool, "bool", value.Kind, decoding))
            {
                set(decoding.Config, value.Flag);
            }
        },
        (config, json) => json.Bool(get(config)));

    // A fraction is cut off. A number that fits no setting is refused here, where the original makes
    // something else of it.
    private static ConfigKey Number(
        string name, Func<AgentConfig, int> get, Action<AgentConfig, int> set) => new(
        name,
        (key, value, decoding) =>
        {
            if (!key.Expect(ConfigValueKind.Number, "int", value.Kind, decoding))
            {
                return;
            }

            double whole = Math.Truncate(value.Number);
            if (whole is < int.MinValue or > int.MaxValue)
            {
                string shown = value.Number.ToString(CultureInfo.InvariantCulture);
                decoding.AddFault($"'{name}' is out of range: {shown}");
                return;
            }

            set(decoding.Config, (int)whole);
        },
        (config, json) => json.Number(get(config)));

    private static ConfigKey Duration(
        string name, Func<AgentConfig, TimeSpan> get, Action<AgentConfig, TimeSpan> set) => new(
        name,
        (key, value, decoding) =>
        {
            bool isText = key.Expect(ConfigValueKind.Text, "string", value.Kind, decoding);
            if (!isText || value.Text.Length == 0)
            {
                return;
            }

            if (GoDuration.TryParse(value.Text, out TimeSpan duration, out string? error))
            {
                set(decoding.Config, duration);
            }
            else
            {
                decoding.AddDurationFault(error);
            }
        },
        (config, json) => json.Text(GoDuration.ToText(get(config))));

    private static ConfigKey List(string name, Func<AgentConfig, List<string>> target) => new(
        name,
        (_, value, decoding) =>
        {
            if (value.Kind != ConfigValueKind.List)
            {
                decoding.AddFault(
                    $"'{name}': source data must be an array or slice, got "
                    + ConfigValue.ShortName(value.Kind));
                return;
            }

            for (int index = 0; index < value.Items.Count; index++)
            {
                ConfigItem item = value.Items[index];
                if (ExpectItem(name, index.ToString(CultureInfo.InvariantCulture), item, decoding))
                {
                    target(decoding.Config).Add(item.Text);
                }
            }
        },
        (config, json) =>
        {
            json.BeginArray();
            foreach (string item in target(config))
            {
                json.Element().Text(item);
            }

            json.EndArray();
        });

    private static void ReadTags(ConfigKey key, ConfigValue value, ConfigDecoding decoding)
    {
        if (value.Kind != ConfigValueKind.Map)
        {
            decoding.AddFault($"'{key.Name}' expected a map, got '{ConfigValue.ShortName(value.Kind)}'");
            return;
        }

        foreach (ConfigItem item in value.Items)
        {
            if (ExpectItem(key.Name, item.Key, item, decoding))
            {
                decoding.Config.Tags[item.Key] = item.Text;
            }
        }
    }

    private static void WriteTags(AgentConfig config, JsonText json)
    {
        json.BeginObject();
        foreach (KeyValuePair<string, string> tag in config.Tags)
        {
            json.Key(tag.Key).Text(tag.Value);
        }

        json.EndObject();
    }

    // Inside a list or a map null counts as the empty text.
    private static bool ExpectItem(string name, string place, in ConfigItem item, ConfigDecoding decoding)
    {
        bool fits = item.Kind is ConfigValueKind.Text or ConfigValueKind.Null;
        if (!fits)
        {
            decoding.AddFault(Unconvertible($"{name}[{place}]", "string", item.Kind));
        }

        return fits;
    }

    /// <summary>The fault of a value of a wrong type.</summary>
    internal static string Unconvertible(string name, string type, ConfigValueKind got) =>
        $"'{name}' expected type '{type}', got unconvertible type '{ConfigValue.LongName(got)}'";

    private bool Expect(ConfigValueKind wanted, string type, ConfigValueKind got, ConfigDecoding decoding)
    {
        if (got != wanted)
        {
            decoding.AddFault(Unconvertible(Name, type, got));
        }

        return got == wanted;
    }
}

/// <summary>What one file has given so far, and what is wrong with it.</summary>
internal sealed class ConfigDecoding
{
    private readonly List<string> _faults = [];
    private int _unlistedCount;
    private string? _durationFault;

    public AgentConfig Config { get; } = new();

    public void AddFault(string fault)
    {
        if (_faults.Count < Limits.ConfigFaultCountMax)
        {
            _faults.Add(fault);
        }
        else
        {
            _unlistedCount++;
        }
    }

    /// <summary>Durations are looked at only when all else is right, so only the first one is told.</summary>
    public void AddDurationFault(string fault) => _durationFault ??= fault;

    /// <param name="unknownKeys">Told behind all other faults, sorted.</param>
    /// <exception cref="SerfException">There are faults.</exception>
    public void ThrowIfFaulty(List<string> unknownKeys)
    {
        if (_unlistedCount > 0)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"and {_unlistedCount} more"));
        }

        if (unknownKeys.Count > 0)
        {
            _faults.Add("'agent.Config' has invalid keys: " + Listed(unknownKeys));
        }

        if (_faults.Count > 0)
        {
            throw new SerfException(
                "decoding failed due to the following error(s):\n\n" + string.Join('\n', _faults));
        }

        if (_durationFault is not null)
        {
            throw new SerfException(_durationFault);
        }
    }

    /// <summary>Sorted; those that are too many are counted.</summary>
    internal static string Listed(List<string> keys)
    {
        keys.Sort(static (left, right) => ByteString.FromText(left).CompareTo(ByteString.FromText(right)));
        int more = keys.Count - Limits.ConfigFaultCountMax;
        return more <= 0
            ? string.Join(", ", keys)
            : string.Join(", ", keys.GetRange(0, Limits.ConfigFaultCountMax))
                + string.Create(CultureInfo.InvariantCulture, $" and {more} more");
    }
}
