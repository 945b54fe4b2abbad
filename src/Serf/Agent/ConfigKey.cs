using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>One key of the configuration file: its name and how its value reaches the settings.</summary>
internal sealed class ConfigKey
{
    /// <summary>Every key that is understood (spec agent 3.3), in the order faults are told.</summary>
    public static readonly IReadOnlyList<ConfigKey> Table =
    [
        Text("node_name", static (config, value) => config.NodeName = value),
        Text("role", static (config, value) => config.Role = value),
        Bool("disable_coordinates", static (config, value) => config.DisableCoordinates = value),
        new("tags", ReadTags),
        Text("tags_file", static (config, value) => config.TagsFile = value),
        Text("bind", static (config, value) => config.Bind = value),
        Text("advertise", static (config, value) => config.Advertise = value),
        Text("encrypt_key", static (config, value) => config.EncryptKey = value),
        Text("keyring_file", static (config, value) => config.KeyringFile = value),
        Text("log_level", static (config, value) => config.LogLevel = value),
        Text("rpc_addr", static (config, value) => config.RpcAddress = value),
        Text("rpc_auth", static (config, value) => config.RpcAuth = value),
        Number("protocol", static (config, value) => config.Protocol = value),
        Bool("replay_on_join", static (config, value) => config.ReplayOnJoin = value),
        Number("query_response_size_limit", static (config, value) => config.QueryResponseSizeMax = value),
        Number("query_size_limit", static (config, value) => config.QuerySizeMax = value),
        Number("user_event_size_limit", static (config, value) => config.UserEventSizeMax = value),
        List("start_join", static config => config.StartJoin),
        List("event_handlers", static config => config.EventHandlers),
        Duration("handler_timeout", static (config, value) => config.HandlerTimeout = value),
        Number("handler_concurrency", static (config, value) => config.HandlerConcurrency = value),
        Text("profile", static (config, value) => config.Profile = value),
        Text("snapshot_path", static (config, value) => config.SnapshotPath = value),
        Bool("leave_on_terminate", static (config, value) => config.LeaveOnTerminate = value),
        Duration("leave_timeout", static (config, value) => config.LeaveTimeout = value),
        Bool("skip_leave_on_interrupt", static (config, value) => config.SkipLeaveOnInterrupt = value),
        Text("interface", static (config, value) => config.Interface = value),
        Duration("reconnect_interval", static (config, value) => config.ReconnectInterval = value),
        Duration("reconnect_timeout", static (config, value) => config.ReconnectTimeout = value),
        Duration("tombstone_timeout", static (config, value) => config.TombstoneTimeout = value),
        Bool("rejoin_after_leave", static (config, value) => config.RejoinAfterLeave = value),
        Bool("disable_name_resolution", static (config, value) => config.DisableNameResolution = value),
        List("retry_join", static config => config.RetryJoin),
        Number("retry_max_attempts", static (config, value) => config.RetryCountMax = value),
        Duration("retry_interval", static (config, value) => config.RetryInterval = value),
        Bool("enable_compression", static (config, value) => config.EnableCompression = value),
        Duration("broadcast_timeout", static (config, value) => config.BroadcastTimeout = value),
        Bool("validate_node_names", static (config, value) => config.ValidateNodeNames = value),

        // Of no effect in the original either, whatever it says.
        Bool("MsgpackUseNewTimeFormat", static (_, _) => { }),
    ];

    private readonly Action<ConfigKey, ConfigValue, ConfigDecoding> _read;

    private ConfigKey(string name, Action<ConfigKey, ConfigValue, ConfigDecoding> read)
    {
        Name = name;
        _read = read;
    }

    public string Name { get; }

    /// <summary>Takes the value over, or notes a fault. Null leaves the key unset.</summary>
    public void Read(ConfigValue value, ConfigDecoding decoding)
    {
        if (value.Kind != ConfigValueKind.Null)
        {
            _read(this, value, decoding);
        }
    }

    private static ConfigKey Text(string name, Action<AgentConfig, string> set) => new(
        name,
        (key, value, decoding) =>
        {
            if (key.Expect(ConfigValueKind.Text, "string", value.Kind, decoding))
            {
                set(decoding.Config, value.Text);
            }
        });

    private static ConfigKey Bool(string name, Action<AgentConfig, bool> set) => new(
        name,
        (key, value, decoding) =>
        {
            if (key.Expect(ConfigValueKind.Bool, "bool", value.Kind, decoding))
            {
                set(decoding.Config, value.Flag);
            }
        });

    // A fraction is cut off. A number that fits no setting is refused here, where the original makes
    // something else of it.
    private static ConfigKey Number(string name, Action<AgentConfig, int> set) => new(
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
        });

    private static ConfigKey Duration(string name, Action<AgentConfig, TimeSpan> set) => new(
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
        });

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

    private static string Unconvertible(string name, string type, ConfigValueKind got) =>
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

    private static string Listed(List<string> keys)
    {
        keys.Sort(static (left, right) => ByteString.FromText(left).CompareTo(ByteString.FromText(right)));
        int more = keys.Count - Limits.ConfigFaultCountMax;
        return more <= 0
            ? string.Join(", ", keys)
            : string.Join(", ", keys.GetRange(0, Limits.ConfigFaultCountMax))
                + string.Create(CultureInfo.InvariantCulture, $" and {more} more");
    }
}
