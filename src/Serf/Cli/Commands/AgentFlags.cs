using System;
using System.Collections.Generic;
using Serf.Agent;

namespace Serf.Cli.Commands;

/// <summary>
/// The flags of <c>serf agent</c> (spec agent 2), as far as there is something behind them.
/// </summary>
internal static class AgentFlags
{
    /// <returns>
    /// Null, or the line for standard error; it may be empty, as <see cref="FlagSet.Parse"/> says.
    /// </returns>
    public static string? Parse(ReadOnlySpan<string> arguments, out AgentArguments parsed)
    {
        FlagSet flags = new();
        Flag<List<string>> configPaths = flags.AddList("config-file");
        flags.AddList("config-dir", configPaths);
        Flag<string> node = flags.AddText("node");
        Flag<string> bind = flags.AddText("bind");
        Flag<string> advertise = flags.AddText("advertise");
        Flag<string> encrypt = flags.AddText("encrypt");
        Flag<string> keyringFile = flags.AddText("keyring-file");
        Flag<List<string>> join = flags.AddList("join");
        Flag<List<string>> retryJoin = flags.AddList("retry-join");
        Flag<string> retryInterval = flags.AddText("retry-interval");
        Flag<long> retryMax = flags.AddInt("retry-max");
        Flag<bool> replay = flags.AddBool("replay");
        Flag<string> rpcAddress = flags.AddText("rpc-addr");
        Flag<List<string>> eventHandlers = flags.AddList("event-handler");
        Flag<List<string>> tags = flags.AddList("tag");
        Flag<string> tagsFile = flags.AddText("tags-file");
        Flag<string> role = flags.AddText("role");
        Flag<string> profile = flags.AddText("profile");
        Flag<string> snapshot = flags.AddText("snapshot");
        Flag<bool> rejoin = flags.AddBool("rejoin");
        Flag<string> logLevel = flags.AddText("log-level");
        MdnsFlags mdns = new(flags);
        Flag<string> networkInterface = flags.AddText("iface");
        Flag<long> protocol = flags.AddInt("protocol");
        Flag<bool> disableCompression = flags.AddBool("disable-compression");
        Flag<string> broadcastTimeout = flags.AddText("broadcast-timeout");

        string? error = flags.Parse(arguments);
        AgentConfig config = new()
        {
            NodeName = node.Value,
            Bind = bind.Value,
            Advertise = advertise.Value,
            EncryptKey = encrypt.Value,
            KeyringFile = keyringFile.Value,
            TagsFile = tagsFile.Value,
            ReplayOnJoin = replay.Value,
            RpcAddress = rpcAddress.Value,
            Role = role.Value,
            Profile = profile.Value,
            SnapshotPath = snapshot.Value,
            RejoinAfterLeave = rejoin.Value,
            LogLevel = logLevel.Value,
            Interface = networkInterface.Value,
            RetryCountMax = (int)Math.Clamp(retryMax.Value, int.MinValue, int.MaxValue),
            Protocol = (int)Math.Clamp(protocol.Value, 0, int.MaxValue),
        };
        mdns.WriteTo(config);
        config.StartJoin.AddRange(join.Value);
        config.RetryJoin.AddRange(retryJoin.Value);
        config.EventHandlers.AddRange(eventHandlers.Value);
        parsed = new AgentArguments
        {
            Config = config,
            ConfigPaths = configPaths.Value,
            Tags = tags.Value,
            RetryInterval = retryInterval.Value,
            BroadcastTimeout = broadcastTimeout.Value,
            DisableCompression = disableCompression.Value,
        };
        return error;
    }
}
