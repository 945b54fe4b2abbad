using System;
using System.Collections.Generic;
using Serf.Agent;

namespace Serf.Cli.Commands;

/// <summary>The flags of <c>serf agent</c> (spec agent 2): each with what it sets.</summary>
internal sealed class AgentFlags
{
    private readonly FlagSet _flags = new();
    private readonly List<Action<AgentConfig>> _settings = [];
    private readonly Flag<List<string>> _configPaths;
    private readonly Flag<bool> _check;
    private readonly Flag<List<string>> _tags;
    private readonly Flag<string> _handlerTimeout;
    private readonly Flag<string> _leaveTimeout;
    private readonly Flag<string> _retryInterval;
    private readonly Flag<string> _broadcastTimeout;
    private readonly Flag<bool> _disableCompression;

    private AgentFlags()
    {
        _configPaths = _flags.AddList("config-file");
        _flags.AddList("config-dir", _configPaths);
        _check = _flags.AddBool("check");
        _tags = _flags.AddList("tag");
        _handlerTimeout = _flags.AddText("handler-timeout");
        _leaveTimeout = _flags.AddText("leave-timeout");
        _retryInterval = _flags.AddText("retry-interval");
        _broadcastTimeout = _flags.AddText("broadcast-timeout");
        _disableCompression = _flags.AddBool("disable-compression");
        AddNode();
        AddSecurity();
        AddDiscovery();
        AddEvents();
    }

    /// <returns>
    /// Null, or the line for standard error; it may be empty, as <see cref="FlagSet.Parse"/> says.
    /// </returns>
    public static string? Parse(ReadOnlySpan<string> arguments, out AgentArguments parsed)
    {
        AgentFlags flags = new();
        string? error = flags._flags.Parse(arguments);
        parsed = flags.Read();
        return error;
    }

    /// <summary>The flags alone, for the help and for completion.</summary>
    public static FlagSet Declare() => new AgentFlags()._flags;

    private void AddNode()
    {
        Text("node", static (config, value) => config.NodeName = value);
        Text("bind", static (config, value) => config.Bind = value);
        Text("advertise", static (config, value) => config.Advertise = value);
        Text("iface", static (config, value) => config.Interface = value);
        Text("tags-file", static (config, value) => config.TagsFile = value);
        Text("role", static (config, value) => config.Role = value);
        Text("profile", static (config, value) => config.Profile = value);
        Text("snapshot", static (config, value) => config.SnapshotPath = value);
        Bool("rejoin", static (config, value) => config.RejoinAfterLeave = value);
        Int("protocol", static (config, value) => config.Protocol = Math.Max(value, 0));
        Text("log-level", static (config, value) => config.LogLevel = value);
        Text("log-format", static (config, value) => config.LogFormat = value);
        Bool("syslog", static (config, value) => config.EnableSyslog = value);
    }

    private void AddSecurity()
    {
        Text("encrypt", static (config, value) => config.EncryptKey = value);
        Text("encrypt-file", static (config, value) => config.EncryptKeyFile = value);
        Text("keyring-file", static (config, value) => config.KeyringFile = value);
        Given("encrypt-verify-incoming", static (config, value) => config.EncryptVerifyIncoming = value);
        Given("encrypt-verify-outgoing", static (config, value) => config.EncryptVerifyOutgoing = value);
        Text("label", static (config, value) => config.Label = value);
        Bool("skip-inbound-label-check", static (config, value) => config.SkipInboundLabelCheck = value);
        Text("rpc-addr", static (config, value) => config.RpcAddress = value);
        Text("rpc-auth-file", static (config, value) => config.RpcAuthFile = value);
    }

    private void AddDiscovery()
    {
        List("join", static (config, values) => config.StartJoin.AddRange(values));
        List("retry-join", static (config, values) => config.RetryJoin.AddRange(values));
        Int("retry-max", static (config, value) => config.RetryCountMax = value);
        Bool("replay", static (config, value) => config.ReplayOnJoin = value);
        Text("discover", static (config, value) => config.Discover = value);
        Text("mdns-iface", static (config, value) => config.MdnsInterface = value);
        Bool("mdns-disable-ipv4", static (config, value) => config.MdnsDisableIPv4 = value);
        Bool("mdns-disable-ipv6", static (config, value) => config.MdnsDisableIPv6 = value);
    }

    private void AddEvents()
    {
        List("event-handler", static (config, values) => config.EventHandlers.AddRange(values));
        Int("handler-concurrency", static (config, value) => config.HandlerConcurrency = value);
    }

    private void Text(string name, Action<AgentConfig, string> set)
    {
        Flag<string> flag = _flags.AddText(name);
        _settings.Add(config => set(config, flag.Value));
    }

    private void Bool(string name, Action<AgentConfig, bool> set)
    {
        Flag<bool> flag = _flags.AddBool(name);
        _settings.Add(config => set(config, flag.Value));
    }

    // One whose default is true, so that false is a value too.
    private void Given(string name, Action<AgentConfig, bool?> set)
    {
        Flag<bool> flag = _flags.AddBool(name);
        _settings.Add(config => set(config, flag.IsSet ? flag.Value : null));
    }

    private void Int(string name, Action<AgentConfig, int> set)
    {
        Flag<long> flag = _flags.AddInt(name);
        _settings.Add(config => set(config, (int)Math.Clamp(flag.Value, int.MinValue, int.MaxValue)));
    }

    private void List(string name, Action<AgentConfig, List<string>> add)
    {
        Flag<List<string>> flag = _flags.AddList(name);
        _settings.Add(config => add(config, flag.Value));
    }

    private AgentArguments Read()
    {
        AgentConfig config = new();
        foreach (Action<AgentConfig> setting in _settings)
        {
            setting(config);
        }

        return new AgentArguments
        {
            Config = config,
            ConfigPaths = _configPaths.Value,
            Tags = _tags.Value,
            HandlerTimeout = _handlerTimeout.Value,
            LeaveTimeout = _leaveTimeout.Value,
            RetryInterval = _retryInterval.Value,
            BroadcastTimeout = _broadcastTimeout.Value,
            DisableCompression = _disableCompression.Value,
            Check = _check.Value,
            Extra = _flags.Arguments.IsEmpty ? null : _flags.Arguments[0],
        };
    }
}
