using System;
using System.Collections.Generic;
using Serf.Agent.Logging;
using Serf.Agent.Rpc;
using Serf.Agent.Telemetry;
using Serf.Net;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// The steps of a start that read and check, and touch nothing (spec agent 4): one by one for an agent that
/// starts, all together for one that only looks.
/// </summary>
internal static class AgentSetup
{
    /// <summary>All that can be wrong before a port is opened or a file is written.</summary>
    /// <exception cref="SerfException">The line that a start would print.</exception>
    public static AgentOptions Check(AgentArguments arguments, AgentMachine machine)
    {
        AgentOptions options = AgentOptions.Load(arguments, machine);
        CheckLog(options);
        CheckSyslog(options);
        AgentNetwork network = AgentNetwork.Resolve(options);
        byte[] encryptKey = DecodeKey(options.EncryptKey);
        if (!options.TryGetProfile(out _))
        {
            throw new SerfException(AgentMessages.UnknownProfile(options.Profile));
        }

        NoLog log = new();
        AgentOptions loaded = LoadTags(options, log);
        GossipKeys keys = LoadKeys(loaded, encryptKey, log);
        try
        {
            SerfAgent.Validate(loaded, loaded.ToSerfOptions(), keys);
            SerfAgent.ValidatePlace(loaded, network);
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.StartFailed(exception.Message));
        }

        CheckDiscovery(options, network);
        try
        {
            RpcListener.Check(loaded.RpcAddress);
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.RpcFailed(exception.Message));
        }

        return options with { Warnings = [.. options.Warnings, .. LateWarnings(options)] };
    }

    /// <returns>The level that the log is to have.</returns>
    /// <exception cref="SerfException">Row 16 of spec agent 4, or a format that there is not.</exception>
    public static LogLevel CheckLog(AgentOptions options)
    {
        if (!LogLevels.TryParse(options.LogLevel, out LogLevel level))
        {
            throw new SerfException(AgentMessages.InvalidLogLevel(options.LogLevel));
        }

        return LogFormats.TryParse(options.LogFormat, out _)
            ? level
            : throw new SerfException(AgentMessages.InvalidLogFormat(options.LogFormat));
    }

    /// <exception cref="SerfException">Row 23 of spec agent 4.</exception>
    public static byte[] DecodeKey(string text) => Base64Text.TryDecode(text, out byte[] key) is { } fault
        ? throw new SerfException(AgentMessages.InvalidEncryptionKey(fault))
        : key;

    /// <exception cref="SerfException">Rows 26 and 27.</exception>
    public static AgentOptions LoadTags(AgentOptions options, ILog log)
    {
        try
        {
            return options.TagsFile.Length == 0
                ? options
                : options with { Tags = new TagsFile(options.TagsFile).Load(options.Tags, log) };
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.SetupFailed(exception.Message));
        }
    }

    /// <exception cref="SerfException">Rows 28 to 34.</exception>
    public static GossipKeys LoadKeys(AgentOptions options, byte[] encryptKey, ILog log)
    {
        try
        {
            return GossipKeys.Load(encryptKey, options.KeyringFile, log);
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.SetupFailed(exception.Message));
        }
    }

    private static void CheckSyslog(AgentOptions options)
    {
        try
        {
            _ = options.EnableSyslog ? SyslogFacility.Parse(options.SyslogFacility) : 0;
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.SyslogFailed(exception.Message));
        }
    }

    private static void CheckDiscovery(AgentOptions options, AgentNetwork network)
    {
        string cluster = options.Mdns.Cluster;
        if (options.Mdns.IsOn && MdnsService.TryCreate(
            cluster, options.NodeName, Libc.HostName(out _), network.Advertised(network.Bind)) is null)
        {
            throw new SerfException(AgentMessages.MdnsFailed(AgentMessages.MdnsClusterUnfit(cluster)));
        }
    }

    // What a start would only log, some time after it.
    private static List<string> LateWarnings(AgentOptions options)
    {
        List<string> warnings = [];
        if (options.Mdns is { IsOn: true, DisableIPv4: true, DisableIPv6: true })
        {
            warnings.Add(AgentMessages.MdnsAsksNobody);
        }

        foreach ((string kind, string address) in (ReadOnlySpan<(string, string)>)
            [("statsite", options.StatsiteAddress), ("statsd", options.StatsdAddress)])
        {
            if (address.Length > 0
                && MetricConnection.TryCreate(address, isStream: false, out _) is { } fault)
            {
                warnings.Add("Warning: " + AgentMessages.NoMetricSink(kind, fault));
            }
        }

        return warnings;
    }

    private sealed class NoLog : ILog
    {
        public void Write(LogLevel level, string text)
        {
        }
    }
}
