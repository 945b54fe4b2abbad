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
    public static string? Parse(ReadOnlySpan<string> arguments, out AgentArguments parsed) =>
        Parse(arguments, new FlagSet(), out parsed);

    /// <summary>The flags alone, for the help and for completion.</summary>
    public static FlagSet Declare()
    {
        FlagSet flags = new();
        _ = Parse([], flags, out _);
        return flags;
    }

    private static string? Parse(ReadOnlySpan<string> arguments, FlagSet flags, out AgentArguments parsed)
    {
        Flag<List<string>> configPaths = flags.AddList("config-file");
        flags.AddList("config-dir", configPaths);
        Flag<bool> check = flags.AddBool("check");
        Flag<string> node = flags.AddText("node");
        Flag<string> bind = flags.AddText("bind");
        Flag<string> advertise = flags.AddText("advertise");
        Flag<string> encrypt = flags.AddText("encrypt");
        Flag<string> encryptFile = flags.AddText("encrypt-file");
        Flag<string> keyringFile = flags.AddText("keyring-file");
        Flag<bool> verifyIncoming = flags.AddBool("encrypt-verify-incoming");
        Flag<bool> verifyOutgoing = flags.AddBool("encrypt-verify-outgoing");
        Flag<string> label = flags.AddText("label");
        Flag<bool> skipLabelCheck = flags.AddBool("skip-inbound-label-check");
        Flag<List<string>> join = flags.AddList("join");
        Flag<List<string>> retryJoin = flags.AddList("retry-join");
        Flag<string> retryInterval = flags.AddText("retry-interval");
        Flag<long> retryMax = flags.AddInt("retry-max");
        Flag<bool> replay = flags.AddBool("replay");
        Flag<string> rpcAddress = flags.AddText("rpc-addr");
        Flag<string> rpcAuthFile = flags.AddText("rpc-auth-file");
        Flag<List<string>> eventHandlers = flags.AddList("event-handler");
        Flag<string> handlerTimeout = flags.AddText("handler-timeout");
        Flag<long> handlerConcurrency = flags.AddInt("handler-concurrency");
        Flag<List<string>> tags = flags.AddList("tag");
        Flag<string> tagsFile = flags.AddText("tags-file");
        Flag<string> role = flags.AddText("role");
        Flag<string> profile = flags.AddText("profile");
        Flag<string> snapshot = flags.AddText("snapshot");
        Flag<bool> rejoin = flags.AddBool("rejoin");
        Flag<string> logLevel = flags.AddText("log-level");
        Flag<string> logFormat = flags.AddText("log-format");
        Flag<bool> syslog = flags.AddBool("syslog");
        Flag<string> discover = flags.AddText("discover");
        Flag<string> mdnsInterface = flags.AddText("mdns-iface");
        Flag<bool> mdnsDisableIPv4 = flags.AddBool("mdns-disable-ipv4");
        Flag<bool> mdnsDisableIPv6 = flags.AddBool("mdns-disable-ipv6");
        Flag<string> networkInterface = flags.AddText("iface");
        Flag<long> protocol = flags.AddInt("protocol");
        Flag<bool> disableCompression = flags.AddBool("disable-compression");
        Flag<string> broadcastTimeout = flags.AddText("broadcast-timeout");
        Flag<string> leaveTimeout = flags.AddText("leave-timeout");

        string? error = flags.Parse(arguments);
        AgentConfig config = new()
        {
            NodeName = node.Value,
            Bind = bind.Value,
            Advertise = advertise.Value,
            EncryptKey = encrypt.Value,
            EncryptKeyFile = encryptFile.Value,
            KeyringFile = keyringFile.Value,
            EncryptVerifyIncoming = verifyIncoming.IsSet ? verifyIncoming.Value : null,
            EncryptVerifyOutgoing = verifyOutgoing.IsSet ? verifyOutgoing.Value : null,
            Label = label.Value,
            SkipInboundLabelCheck = skipLabelCheck.Value,
            TagsFile = tagsFile.Value,
            ReplayOnJoin = replay.Value,
            RpcAddress = rpcAddress.Value,
            RpcAuthFile = rpcAuthFile.Value,
            Role = role.Value,
            Profile = profile.Value,
            SnapshotPath = snapshot.Value,
            RejoinAfterLeave = rejoin.Value,
            LogLevel = logLevel.Value,
            LogFormat = logFormat.Value,
            EnableSyslog = syslog.Value,
            Discover = discover.Value,
            MdnsInterface = mdnsInterface.Value,
            MdnsDisableIPv4 = mdnsDisableIPv4.Value,
            MdnsDisableIPv6 = mdnsDisableIPv6.Value,
            Interface = networkInterface.Value,
            HandlerConcurrency = (int)Math.Clamp(handlerConcurrency.Value, int.MinValue, int.MaxValue),
            RetryCountMax = (int)Math.Clamp(retryMax.Value, int.MinValue, int.MaxValue),
            Protocol = (int)Math.Clamp(protocol.Value, 0, int.MaxValue),
        };
        config.StartJoin.AddRange(join.Value);
        config.RetryJoin.AddRange(retryJoin.Value);
        config.EventHandlers.AddRange(eventHandlers.Value);
        parsed = new AgentArguments
        {
            Config = config,
            ConfigPaths = configPaths.Value,
            Tags = tags.Value,
            HandlerTimeout = handlerTimeout.Value,
            LeaveTimeout = leaveTimeout.Value,
            RetryInterval = retryInterval.Value,
            BroadcastTimeout = broadcastTimeout.Value,
            DisableCompression = disableCompression.Value,
            Check = check.Value,
            Extra = flags.Arguments.IsEmpty ? null : flags.Arguments[0],
        };
        return error;
    }
}
