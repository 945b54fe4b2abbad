using System;

namespace Serf.Agent;

/// <summary>Texts of the start-up checks (spec agent 4), without the prefix that the console adds.</summary>
internal static class AgentMessages
{
    public const string UnknownInterface =
        "Invalid network interface: route ip+net: no such network interface";

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

    public const string ReloadFailed = "Failed to reload configs";

    public static string InvalidTag(string tag) => $"Error: Invalid tag: '{tag}'";

    public static string BadDuration(string reason) => "Error: " + reason;

    public static string NoHostName(string reason) => "Error determining hostname: " + reason;

    /// <param name="level">As given; it is shown in upper case.</param>
    public static string InvalidLogLevel(string level) =>
        $"Invalid log level: {level.ToUpperInvariant()}. Valid log levels are: [TRACE DEBUG INFO WARN ERR]";

    public static string InvalidBindAddress(string reason) => "Invalid bind address: " + reason;

    public static string InterfaceWithoutAddresses(string name) => $"Interface '{name}' has no addresses";

    public static string NoUsableAddress(string name) =>
        $"Failed to find usable address for interface '{name}'";

    public static string InterfaceLacksAddress(string name, string ip) =>
        $"Interface '{name}' has no '{ip}' address";

    public static string UsingInterface(string name, string ip) => $"Using interface '{name}' address '{ip}'";

    public static string InvalidAdvertiseAddress(string reason) => "Invalid advertise address: " + reason;

    public static string InvalidEncryptionKey(string reason) => "Invalid encryption key: " + reason;

    public static string UnknownProfile(string profile) => "Unknown profile: " + profile;

    public static string SetupFailed(string reason) => "Failed to setup the Serf agent: " + reason;

    /// <param name="reason">What the cluster layer says: <c>Protocol version '9' too high. ...</c></param>
    public static string StartFailed(string reason) =>
        "Failed to start the Serf agent: Error creating Serf: " + reason;

    public static string RpcFailed(string reason) => "Error starting RPC listener: " + reason;

    public static string CaughtSignal(AgentNoticeKind signal) => "Caught signal: " + Signals.NameOf(signal);

    public static string LeaveFailed(string reason) => "Error: " + reason;

    /// <summary>A log line, not an output line.</summary>
    public static string LeaveTimedOut(TimeSpan limit) =>
        $"agent: the leave has not ended within {JoinRetry.Shown(limit)}";

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
