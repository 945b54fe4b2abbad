using System;
using System.Collections.Generic;

namespace Serf.Agent;

/// <summary>
/// Settings as one source gives them: the defaults, a file, the command line. Empty text, zero and false mean
/// "not given" (spec agent 2 and 3.3).
/// </summary>
internal sealed class AgentConfig
{
    public string NodeName { get; set; } = "";

    public string Role { get; set; } = "";

    /// <summary>
    /// Whether this node neither offers nor learns network coordinates.
    /// </summary>
    public bool DisableCoordinates { get; set; }

    public SortedDictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    public string TagsFile { get; set; } = "";

    public string Bind { get; set; } = "";

    public string Advertise { get; set; } = "";

    /// <summary>The key for gossip, in base64.</summary>
    public string EncryptKey { get; set; } = "";

    /// <summary>Path of a file that holds the key.</summary>
    public string EncryptKeyFile { get; set; } = "";

    public string KeyringFile { get; set; } = "";

    /// <summary>Null when not given, as the next.</summary>
    public bool? EncryptVerifyIncoming { get; set; }

    public bool? EncryptVerifyOutgoing { get; set; }

    /// <summary>Told apart by it: clusters that share a network.</summary>
    public string Label { get; set; } = "";

    public bool SkipInboundLabelCheck { get; set; }

    public string LogLevel { get; set; } = "";

    public string LogFormat { get; set; } = "";

    public string RpcAddress { get; set; } = "";

    public string RpcAuth { get; set; } = "";

    /// <summary>Path of a file that holds the token.</summary>
    public string RpcAuthFile { get; set; } = "";

    public int Protocol { get; set; }

    public bool ReplayOnJoin { get; set; }

    public int QueryResponseSizeMax { get; set; }

    public int QuerySizeMax { get; set; }

    public int UserEventSizeMax { get; set; }

    public List<string> StartJoin { get; } = [];

    public List<string> RetryJoin { get; } = [];

    public TimeSpan RetryInterval { get; set; }

    public int RetryCountMax { get; set; }

    public List<string> EventHandlers { get; } = [];

    public TimeSpan HandlerTimeout { get; set; }

    public int HandlerConcurrency { get; set; }

    public string Profile { get; set; } = "";

    public string SnapshotPath { get; set; } = "";

    public bool LeaveOnTerminate { get; set; }

    public TimeSpan LeaveTimeout { get; set; }

    public bool SkipLeaveOnInterrupt { get; set; }

    /// <summary>Name of the cluster that is looked for by multicast DNS.</summary>
    public string Discover { get; set; } = "";

    public string MdnsInterface { get; set; } = "";

    public bool MdnsDisableIPv4 { get; set; }

    public bool MdnsDisableIPv6 { get; set; }

    public string Interface { get; set; } = "";

    public TimeSpan ReconnectInterval { get; set; }

    public TimeSpan ReconnectTimeout { get; set; }

    public TimeSpan TombstoneTimeout { get; set; }

    public bool RejoinAfterLeave { get; set; }

    public bool DisableNameResolution { get; set; }

    public bool EnableSyslog { get; set; }

    public string SyslogFacility { get; set; } = "";

    public TimeSpan BroadcastTimeout { get; set; }

    /// <summary>Null when not given.</summary>
    public bool? EnableCompression { get; set; }

    public string StatsiteAddress { get; set; } = "";

    public string StatsdAddress { get; set; } = "";

    public bool ValidateNodeNames { get; set; }

    public static AgentConfig Defaults() => new()
    {
        Bind = "0.0.0.0",
        LogLevel = "INFO",
        LogFormat = "text",
        RpcAddress = "127.0.0.1:7373",
        Protocol = 5,
        QueryResponseSizeMax = 1024,
        QuerySizeMax = 1024,
        UserEventSizeMax = 512,
        Profile = "lan",
        SyslogFacility = "LOCAL0",
        ReconnectInterval = TimeSpan.FromSeconds(30),
        ReconnectTimeout = TimeSpan.FromHours(24),
        TombstoneTimeout = TimeSpan.FromHours(24),
        RetryInterval = TimeSpan.FromSeconds(30),
        BroadcastTimeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>Lays a later source over this one.</summary>
    public void Merge(AgentConfig later)
    {
        NodeName = Override(NodeName, later.NodeName);
        Role = Override(Role, later.Role);
        DisableCoordinates |= later.DisableCoordinates;
        foreach (KeyValuePair<string, string> tag in later.Tags)
        {
            Tags[tag.Key] = tag.Value;
        }

        TagsFile = Override(TagsFile, later.TagsFile);
        Bind = Override(Bind, later.Bind);
        Advertise = Override(Advertise, later.Advertise);
        EncryptKey = Override(EncryptKey, later.EncryptKey);
        EncryptKeyFile = Override(EncryptKeyFile, later.EncryptKeyFile);
        KeyringFile = Override(KeyringFile, later.KeyringFile);
        EncryptVerifyIncoming = later.EncryptVerifyIncoming ?? EncryptVerifyIncoming;
        EncryptVerifyOutgoing = later.EncryptVerifyOutgoing ?? EncryptVerifyOutgoing;
        Label = Override(Label, later.Label);
        SkipInboundLabelCheck |= later.SkipInboundLabelCheck;
        LogLevel = Override(LogLevel, later.LogLevel);
        LogFormat = Override(LogFormat, later.LogFormat);
        RpcAddress = Override(RpcAddress, later.RpcAddress);
        RpcAuth = Override(RpcAuth, later.RpcAuth);
        RpcAuthFile = Override(RpcAuthFile, later.RpcAuthFile);
        Protocol = later.Protocol > 0 ? later.Protocol : Protocol;
        ReplayOnJoin |= later.ReplayOnJoin;
        QueryResponseSizeMax = Override(QueryResponseSizeMax, later.QueryResponseSizeMax);
        QuerySizeMax = Override(QuerySizeMax, later.QuerySizeMax);
        UserEventSizeMax = Override(UserEventSizeMax, later.UserEventSizeMax);
        StartJoin.AddRange(later.StartJoin);
        RetryJoin.AddRange(later.RetryJoin);
        RetryInterval = Override(RetryInterval, later.RetryInterval);
        RetryCountMax = Override(RetryCountMax, later.RetryCountMax);
        EventHandlers.AddRange(later.EventHandlers);
        HandlerTimeout = Override(HandlerTimeout, later.HandlerTimeout);
        HandlerConcurrency = Override(HandlerConcurrency, later.HandlerConcurrency);
        Profile = Override(Profile, later.Profile);
        SnapshotPath = Override(SnapshotPath, later.SnapshotPath);
        LeaveOnTerminate |= later.LeaveOnTerminate;
        LeaveTimeout = Override(LeaveTimeout, later.LeaveTimeout);
        SkipLeaveOnInterrupt |= later.SkipLeaveOnInterrupt;
        Discover = Override(Discover, later.Discover);
        MdnsInterface = Override(MdnsInterface, later.MdnsInterface);
        MdnsDisableIPv4 |= later.MdnsDisableIPv4;
        MdnsDisableIPv6 |= later.MdnsDisableIPv6;
        Interface = Override(Interface, later.Interface);
        ReconnectInterval = Override(ReconnectInterval, later.ReconnectInterval);
        ReconnectTimeout = Override(ReconnectTimeout, later.ReconnectTimeout);
        TombstoneTimeout = Override(TombstoneTimeout, later.TombstoneTimeout);
        RejoinAfterLeave |= later.RejoinAfterLeave;
        DisableNameResolution |= later.DisableNameResolution;
        EnableSyslog |= later.EnableSyslog;
        SyslogFacility = Override(SyslogFacility, later.SyslogFacility);
        BroadcastTimeout = Override(BroadcastTimeout, later.BroadcastTimeout);
        EnableCompression = later.EnableCompression ?? EnableCompression;
        StatsiteAddress = Override(StatsiteAddress, later.StatsiteAddress);
        StatsdAddress = Override(StatsdAddress, later.StatsdAddress);
        ValidateNodeNames |= later.ValidateNodeNames;
    }

    private static string Override(string earlier, string later) => later.Length != 0 ? later : earlier;

    private static int Override(int earlier, int later) => later != 0 ? later : earlier;

    private static TimeSpan Override(TimeSpan earlier, TimeSpan later) =>
        later != TimeSpan.Zero ? later : earlier;
}
