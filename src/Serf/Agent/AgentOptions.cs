using System;
using System.Collections.Generic;
using Serf.Agent.Handlers;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using EventHandler = Serf.Agent.Handlers.EventHandler;

namespace Serf.Agent;

/// <summary>
/// The agent's effective configuration: defaults, then files, then flags (spec agent 2 to 4).
/// </summary>
internal sealed record AgentOptions
{
    private static readonly TimeSpan _broadcastTimeoutMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _retryIntervalMin = TimeSpan.FromSeconds(1);

    // For the gossip rounds of a leave that end after its own time limits.
    private const int LeaveSpareRounds = 10;

    public required string NodeName { get; init; }

    /// <summary>All tags; the deprecated role is among them.</summary>
    public required Tags Tags { get; init; }

    /// <summary>Path; empty for none.</summary>
    public required string TagsFile { get; init; }

    /// <summary>As written; not yet resolved.</summary>
    public required string Bind { get; init; }

    /// <summary>As written; empty for the bind address.</summary>
    public required string Advertise { get; init; }

    /// <summary>The key for gossip as written, in base64; empty for none.</summary>
    public required string EncryptKey { get; init; }

    /// <summary>Path; empty for none.</summary>
    public required string KeyringFile { get; init; }

    /// <summary>False: what comes may be clear although there are keys.</summary>
    public required bool EncryptVerifyIncoming { get; init; }

    /// <summary>False: what goes out is clear although there are keys.</summary>
    public required bool EncryptVerifyOutgoing { get; init; }

    /// <summary>Empty for none; its length is not yet checked.</summary>
    public required ByteString Label { get; init; }

    /// <summary>What bears no label is accepted too, and without a label what bears any.</summary>
    public required bool SkipInboundLabelCheck { get; init; }

    /// <summary>
    /// As written; <see cref="Logging.LogLevels.TryParse"/> tells whether there is such a level.
    /// </summary>
    public required string LogLevel { get; init; }

    /// <summary>
    /// As written; <see cref="Logging.LogFormats.TryParse"/> tells whether there is such a format.
    /// </summary>
    public required string LogFormat { get; init; }

    public required string RpcAddress { get; init; }

    /// <summary>Empty for none.</summary>
    public required string RpcAuth { get; init; }

    /// <summary>Not yet checked; above zero.</summary>
    public required int Protocol { get; init; }

    public required bool ReplayOnJoin { get; init; }

    public required int QueryResponseSizeMax { get; init; }

    public required int QuerySizeMax { get; init; }

    public required int UserEventSizeMax { get; init; }

    public required IReadOnlyList<string> StartJoin { get; init; }

    public required IReadOnlyList<string> RetryJoin { get; init; }

    /// <summary>At least one second.</summary>
    public required TimeSpan RetryInterval { get; init; }

    /// <summary>Zero, or less, for no limit.</summary>
    public required int RetryCountMax { get; init; }

    public required IReadOnlyList<EventHandler> EventHandlers { get; init; }

    public required HandlerLimits HandlerLimits { get; init; }

    /// <summary>As written; <see cref="TryGetProfile"/> tells whether there is such a profile.</summary>
    public required string Profile { get; init; }

    /// <summary>Path; empty for none.</summary>
    public required string SnapshotPath { get; init; }

    /// <summary>A leave recorded in the snapshot forgets nothing.</summary>
    public required bool RejoinAfterLeave { get; init; }

    public required bool LeaveOnTerminate { get; init; }

    /// <summary>
    /// How long a leave that a signal asked for may take. Where none is configured that is longer than a
    /// leave can take: its two announcements at their limits, the time for late peers, some gossip rounds.
    /// </summary>
    public required TimeSpan LeaveTimeout { get; init; }

    public required bool SkipLeaveOnInterrupt { get; init; }

    public required MdnsSettings Mdns { get; init; }

    /// <summary>Empty for none; exists.</summary>
    public required string Interface { get; init; }

    /// <summary>May be negative, as may the next two.</summary>
    public required TimeSpan ReconnectInterval { get; init; }

    public required TimeSpan ReconnectTimeout { get; init; }

    public required TimeSpan TombstoneTimeout { get; init; }

    public required bool NameConflictResolution { get; init; }

    public required bool EnableSyslog { get; init; }

    /// <summary>As written.</summary>
    public required string SyslogFacility { get; init; }

    /// <summary>At least one second.</summary>
    public required TimeSpan BroadcastTimeout { get; init; }

    public required bool Compression { get; init; }

    /// <summary><c>host:port</c>, not yet checked; empty for none, as is the next one.</summary>
    public required string StatsiteAddress { get; init; }

    public required string StatsdAddress { get; init; }

    public required bool ValidateNodeNames { get; init; }

    public required bool DisableCoordinates { get; init; }

    /// <summary>What all this was made of, as the keys of a configuration file.</summary>
    public required AgentConfig Source { get; init; }

    /// <summary>To be printed as output lines, in this order.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>
    /// Reads the files and puts everything together; called again, with the same arguments, to reload.
    /// </summary>
    /// <exception cref="SerfException">The first failing check of spec agent 4, rows 2 to 11.</exception>
    public static AgentOptions Load(AgentArguments arguments, AgentMachine machine)
    {
        AgentConfig flags = new();
        flags.Merge(arguments.Config);
        AddTags(arguments.Tags, flags.Tags);
        flags.RetryInterval = ParseDuration(arguments.RetryInterval);
        flags.BroadcastTimeout = ParseDuration(arguments.BroadcastTimeout);
        flags.HandlerTimeout = ParseDuration(arguments.HandlerTimeout);
        flags.LeaveTimeout = ParseDuration(arguments.LeaveTimeout);

        AgentConfig config = AgentConfig.Defaults();
        foreach (string path in arguments.ConfigPaths)
        {
            foreach (AgentConfig file in ConfigFile.Load(path))
            {
                config.Merge(file);
            }
        }

        config.Merge(flags);
        if (config.NodeName.Length == 0)
        {
            config.NodeName = HostName(machine);
        }

        List<EventHandler> handlers = [];
        foreach (string specification in config.EventHandlers)
        {
            handlers.AddRange(EventHandler.Parse(specification));
        }

        if (config.Interface.Length != 0 && !machine.HasInterface(config.Interface))
        {
            throw new SerfException(AgentMessages.UnknownInterface);
        }

        MdnsSettings mdns = CheckedMdns(config, machine);
        List<string> warnings = Repair(config);
        Settle(config);
        AgentSecrets.Fill(config, machine, warnings);
        config.EnableCompression = !arguments.DisableCompression && config.EnableCompression != false;
        return From(config, handlers, mdns, warnings);
    }

    /// <summary>
    /// The timings of the profile; false if there is no such profile. Names are case sensitive.
    /// </summary>
    public bool TryGetProfile(out SwimOptions profile)
    {
        profile = ProfileOf(Profile);
        return Profile is "lan" or "wan" or "local";
    }

    /// <summary>What the cluster layer is to be told (spec agent 13).</summary>
    public SerfOptions ToSerfOptions() => new()
    {
        Tags = Tags,
        ProtocolVersion = Protocol,
        BroadcastTimeout = BroadcastTimeout,
        ReconnectInterval = ReconnectInterval,
        ReconnectTimeout = ReconnectTimeout,
        TombstoneTimeout = TombstoneTimeout,
        QueryResponseSizeMax = QueryResponseSizeMax,
        QuerySizeMax = QuerySizeMax,
        UserEventSizeMax = UserEventSizeMax,
        NameConflictResolution = NameConflictResolution,
        ValidateNodeNames = ValidateNodeNames,
        DisableCoordinates = DisableCoordinates,
        HasSeeds = StartJoin.Count + RetryJoin.Count > 0,
    };

    /// <exception cref="SerfException">Rows 9 to 11.</exception>
    private static MdnsSettings CheckedMdns(AgentConfig config, AgentMachine machine)
    {
        string name = config.MdnsInterface;
        if (name.Length != 0)
        {
            string? fault = config.Discover.Length == 0 ? AgentMessages.MdnsInterfaceAlone
                : !machine.HasInterface(name) ? AgentMessages.UnknownMdnsInterface
                : config.MdnsDisableIPv4 && config.MdnsDisableIPv6 ? AgentMessages.MdnsDisabled
                : null;
            if (fault is not null)
            {
                throw new SerfException(fault);
            }
        }

        return new MdnsSettings(
            config.Discover,
            name.Length != 0 ? name : config.Interface,
            config.MdnsDisableIPv4,
            config.MdnsDisableIPv6);
    }

    // Settings that are wrong but have an obvious meaning are put right, with a warning.
    private static List<string> Repair(AgentConfig config)
    {
        List<string> warnings = [];
        if (config.Role.Length != 0)
        {
            warnings.Add(AgentMessages.RoleDeprecated);
            config.Tags["role"] = config.Role;
        }

        if (config.RetryInterval < _retryIntervalMin)
        {
            warnings.Add(AgentMessages.RetryIntervalTooLow);
            config.RetryInterval = _retryIntervalMin;
        }

        if (config.BroadcastTimeout < _broadcastTimeoutMin)
        {
            warnings.Add(AgentMessages.BroadcastTimeoutTooLow);
            config.BroadcastTimeout = _broadcastTimeoutMin;
        }

        if (config.HandlerConcurrency > Limits.HandlerCountMax)
        {
            warnings.Add(AgentMessages.HandlerConcurrencyTooHigh);
            config.HandlerConcurrency = Limits.HandlerCountMax;
        }

        if (config.RejoinAfterLeave && config.SnapshotPath.Length == 0)
        {
            warnings.Add(AgentMessages.RejoinWithoutSnapshot);
        }

        return warnings;
    }

    // Settings that stand for others: a check shows what is in effect.
    private static void Settle(AgentConfig config)
    {
        config.HandlerTimeout = config.HandlerTimeout > TimeSpan.Zero ? config.HandlerTimeout : TimeSpan.Zero;
        config.HandlerConcurrency =
            config.HandlerConcurrency > 0 ? config.HandlerConcurrency : Limits.HandlerCountMax;
        config.LeaveTimeout =
            config.LeaveTimeout > TimeSpan.Zero ? config.LeaveTimeout : LongestLeave(config);
    }

    private static AgentOptions From(
        AgentConfig config, List<EventHandler> handlers, MdnsSettings mdns, List<string> warnings) => new()
    {
        NodeName = config.NodeName,
        Tags = ToTags(config.Tags),
        TagsFile = config.TagsFile,
        Bind = config.Bind,
        Advertise = config.Advertise,
        EncryptKey = config.EncryptKey,
        KeyringFile = config.KeyringFile,
        EncryptVerifyIncoming = config.EncryptVerifyIncoming ?? true,
        EncryptVerifyOutgoing = config.EncryptVerifyOutgoing ?? true,
        Label = ByteString.FromText(config.Label),
        SkipInboundLabelCheck = config.SkipInboundLabelCheck,
        LogLevel = config.LogLevel,
        LogFormat = config.LogFormat,
        RpcAddress = config.RpcAddress,
        RpcAuth = config.RpcAuth,
        Protocol = config.Protocol,
        ReplayOnJoin = config.ReplayOnJoin,
        QueryResponseSizeMax = config.QueryResponseSizeMax,
        QuerySizeMax = config.QuerySizeMax,
        UserEventSizeMax = config.UserEventSizeMax,
        StartJoin = config.StartJoin,
        RetryJoin = config.RetryJoin,
        RetryInterval = config.RetryInterval,
        RetryCountMax = config.RetryCountMax,
        EventHandlers = handlers,
        HandlerLimits = new HandlerLimits(config.HandlerTimeout, config.HandlerConcurrency),
        Profile = config.Profile,
        SnapshotPath = config.SnapshotPath,
        RejoinAfterLeave = config.RejoinAfterLeave,
        LeaveOnTerminate = config.LeaveOnTerminate,
        LeaveTimeout = config.LeaveTimeout,
        SkipLeaveOnInterrupt = config.SkipLeaveOnInterrupt,
        Mdns = mdns,
        Interface = config.Interface,
        ReconnectInterval = config.ReconnectInterval,
        ReconnectTimeout = config.ReconnectTimeout,
        TombstoneTimeout = config.TombstoneTimeout,
        NameConflictResolution = !config.DisableNameResolution,
        EnableSyslog = config.EnableSyslog,
        SyslogFacility = config.SyslogFacility,
        BroadcastTimeout = config.BroadcastTimeout,
        Compression = config.EnableCompression ?? true,
        StatsiteAddress = config.StatsiteAddress,
        StatsdAddress = config.StatsdAddress,
        ValidateNodeNames = config.ValidateNodeNames,
        DisableCoordinates = config.DisableCoordinates,
        Source = config,
        Warnings = warnings,
    };

    private static SwimOptions ProfileOf(string name) => name switch
    {
        "wan" => SwimOptions.Wan,
        "local" => SwimOptions.Local,
        _ => SwimOptions.Lan,
    };

    private static TimeSpan LongestLeave(AgentConfig config)
    {
        // Longer than any uptime is as good as for ever, and the sum must not overflow.
        TimeSpan broadcast = config.BroadcastTimeout < TimeSpan.FromDays(3650)
            ? config.BroadcastTimeout
            : TimeSpan.FromDays(3650);
        return (broadcast * 2) + new SerfOptions().LeavePropagateDelay
            + (ProfileOf(config.Profile).GossipInterval * LeaveSpareRounds);
    }

    private static Tags ToTags(SortedDictionary<string, string> tags)
    {
        List<KeyValuePair<ByteString, ByteString>> entries = [];
        foreach (KeyValuePair<string, string> tag in tags)
        {
            entries.Add(new(ByteString.FromText(tag.Key), ByteString.FromText(tag.Value)));
        }

        return Tags.From(entries);
    }

    private static void AddTags(List<string> pairs, SortedDictionary<string, string> tags)
    {
        foreach (string pair in pairs)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new SerfException(AgentMessages.InvalidTag(pair));
            }

            tags[pair[..equals]] = pair[(equals + 1)..];
        }
    }

    private static TimeSpan ParseDuration(string text)
    {
        if (text.Length == 0)
        {
            return TimeSpan.Zero;
        }

        return GoDuration.TryParse(text, out TimeSpan duration, out string? error)
            ? duration
            : throw new SerfException(AgentMessages.BadDuration(error));
    }

    private static string HostName(AgentMachine machine)
    {
        try
        {
            return machine.HostName();
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.NoHostName(exception.Message));
        }
    }
}
