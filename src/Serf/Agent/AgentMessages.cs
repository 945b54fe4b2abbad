using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>Texts of the start-up checks (spec agent 4), without the prefix that the console adds.</summary>
internal static class AgentMessages
{
    public const string UnknownInterface =
        "Invalid network interface: route ip+net: no such network interface";

    public const string MdnsInterfaceAlone =
        "mDNS interface specified without enabling mDNS discovery";

    public const string UnknownMdnsInterface =
        "Invalid mDNS network interface: route ip+net: no such network interface";

    public const string MdnsDisabled = "Invalid mDNS configuration: both IPv4 and IPv6 are disabled";

    /// <summary>Of a check; a start logs it at each poll.</summary>
    public const string MdnsAsksNobody =
        "Warning: mDNS asks over neither IPv4 nor IPv6: this node looks for nobody";

    /// <summary>No address family of which the multicast group can be joined.</summary>
    public const string NoMulticast = "no multicast listeners could be started";

    public const string RoleDeprecated = "Deprecation warning: 'Role' has been replaced with 'Tags'";

    public const string RetryIntervalTooLow = "Warning: 'RetryInterval' is too low. Setting to 1s";

    public const string RejoinWithoutSnapshot = "Warning: 'RejoinAfterLeave' enabled without snapshot file";

    public const string BroadcastTimeoutTooLow = "Warning: 'BroadcastTimeout' is too low. Setting to 1s";

    public const string HandlerConcurrencyTooHigh =
        "Warning: 'HandlerConcurrency' is too high. Setting to 64";

    public const string Starting = "Starting Serf agent...";

    public const string StartingRpc = "Starting Serf agent RPC...";

    public const string Running = "Serf agent running!";

    public const string LogFollows = "Log data will now stream in as it occurs:";

    public const string LeavingGracefully = "Gracefully shutting down agent...";

    /// <summary>A log line, not an output line.</summary>
    public const string Exposed = "memberlist: Binding to public address without encryption!";

    /// <summary>For the service manager, as are the next three.</summary>
    public const string StatusLeaving = "Leaving the cluster";

    public const string StatusStopping = "Shutting down";

    public const string Reloading = "Reloading configuration...";

    /// <summary>A log line, not an output line.</summary>
    public const string TagsBesideFile =
        "agent: The configuration has tags beside a tags file: the next start will be refused";

    /// <summary>A log line, not an output line.</summary>
    /// <param name="keys">Of the configuration; none of their values.</param>
    public static string NeedRestart(IReadOnlyList<string> keys) =>
        "agent: Changed settings that take effect at the next start only: " + string.Join(", ", keys);

    public const string ReloadFailed = "Failed to reload configs";

    /// <summary>For the log, and for a check; the original has one like it, which cannot come.</summary>
    /// <param name="kind"><c>statsite</c> or <c>statsd</c>.</param>
    public static string NoMetricSink(string kind, string reason) =>
        $"Failed to start {kind} sink. Got: {reason}";

    /// <summary>A log line.</summary>
    public static string MetricSinkFailed(string kind, string address, string reason) =>
        $"agent: Metrics are lost, {kind} at {address} does not take them: {reason}";

    public static string InvalidTag(string tag) => $"Error: Invalid tag: '{tag}'";

    public static string BadDuration(string reason) => "Error: " + reason;

    public static string NoHostName(string reason) => "Error determining hostname: " + reason;

    /// <param name="level">As given; it is shown in upper case.</param>
    public static string InvalidLogLevel(string level) =>
        $"Invalid log level: {level.ToUpperInvariant()}. Valid log levels are: [TRACE DEBUG INFO WARN ERR]";

    /// <param name="format">As given.</param>
    public static string InvalidLogFormat(string format) =>
        $"Invalid log format: {format}. Valid log formats are: [text json]";

    public static string SyslogFailed(string reason) => "Syslog setup failed: " + reason;

    public static string InvalidBindAddress(string reason) => "Invalid bind address: " + reason;

    public static string InterfaceWithoutAddresses(string name) => $"Interface '{name}' has no addresses";

    public static string NoUsableAddress(string name) =>
        $"Failed to find usable address for interface '{name}'";

    public static string InterfaceLacksAddress(string name, string ip) =>
        $"Interface '{name}' has no '{ip}' address";

    public static string UsingInterface(string name, string ip) => $"Using interface '{name}' address '{ip}'";

    public static string InvalidAdvertiseAddress(string reason) => "Invalid advertise address: " + reason;

    public static string InvalidEncryptionKey(string reason) => "Invalid encryption key: " + reason;

    /// <param name="kind">What it is: <c>encryption key</c>.</param>
    public static string SecretGivenTwice(string kind) =>
        $"Error: The {kind} is given twice, by itself and as a file";

    public static string SecretUnreadable(string kind, string reason) =>
        $"Error reading the file of the {kind}: {reason}";

    public static string SecretExposed(string kind, string path) =>
        $"Warning: Everybody on this machine can read the {kind} in '{path}'";

    public static string UnknownProfile(string profile) => "Unknown profile: " + profile;

    public static string SetupFailed(string reason) => "Failed to setup the Serf agent: " + reason;

    /// <param name="reason">What the cluster layer says: <c>Protocol version '9' too high. ...</c></param>
    public static string StartFailed(string reason) =>
        "Failed to start the Serf agent: Error creating Serf: " + reason;

    public static string MdnsFailed(string reason) => "Error starting mDNS listener: " + reason;

    /// <summary>The original starts, and neither finds anybody nor is found.</summary>
    public static string MdnsClusterUnfit(string cluster) =>
        $"the cluster name '{cluster}' does not fit into a DNS name";

    /// <summary>A log line, not an output line.</summary>
    public static string MdnsInterface(string name) => "Starting mDNS listener on interface " + name;

    public static string RpcFailed(string reason) => "Error starting RPC listener: " + reason;

    /// <summary>On standard error: what scripts read of the agent stays as it is.</summary>
    public static string ArgumentsIgnored(string first) =>
        $"Warning: {GoText.Quote(first)} is no flag: it is ignored, and all that follows it";

    public static string LabelTooLong(ByteString label) =>
        $"Failed to create memberlist: could not use {GoText.Quote(label.Span)} as a label: too long";

    public static string CaughtSignal(AgentNoticeKind signal) => "Caught signal: " + Signals.NameOf(signal);

    public static string LeaveFailed(string reason) => "Error: " + reason;

    /// <summary>A log line, not an output line.</summary>
    public static string LeaveTimedOut(TimeSpan limit) =>
        $"agent: the leave has not ended within {GoDuration.ToText(limit)}";

    public static string TagUpdateFailed(string reason) => "Failed to update tags: " + reason;

    public static string StatusRunning(string node, string address) => $"Running as {node} at {address}";

    public static string StatusStarting(int addressCount) => addressCount == 0
        ? "Starting"
        : string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"Joining through {addressCount} addresses");

    public static string Joining(bool replay) => $"Joining cluster...(replay: {(replay ? "true" : "false")})";

    /// <summary>An information line, not an output line.</summary>
    public static string Joined(int count) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"Join completed. Synced with {count} initial agents");
}
