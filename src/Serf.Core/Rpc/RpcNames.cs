using System;

namespace Serf.Rpc;

/// <summary>
/// Commands of the protocol, those of later servers included: a body must be known to be discarded.
/// </summary>
internal enum RpcCommand : byte
{
    Unknown,
    Handshake,
    Auth,
    Event,
    ForceLeave,
    Join,
    Members,
    MembersFiltered,
    Tags,
    Stream,
    Monitor,
    Stop,
    Leave,
    Respond,
    Stats,
    Query,
    InstallKey,
    UseKey,
    RemoveKey,
    ListKeys,
    GetCoordinate,
}

/// <summary>Command names and error texts, letter for letter (spec rpc 4 to 6).</summary>
public static class RpcNames
{
    public const string Handshake = "handshake";
    public const string Auth = "auth";
    public const string Event = "event";
    public const string ForceLeave = "force-leave";
    public const string Join = "join";
    public const string Members = "members";
    public const string MembersFiltered = "members-filtered";
    public const string Tags = "tags";
    public const string Stream = "stream";
    public const string Monitor = "monitor";
    public const string Stop = "stop";
    public const string Leave = "leave";
    public const string Respond = "respond";
    public const string Stats = "stats";
    public const string Query = "query";
    public const string InstallKey = "install-key";
    public const string UseKey = "use-key";
    public const string RemoveKey = "remove-key";
    public const string ListKeys = "list-keys";
    public const string GetCoordinate = "get-coordinate";

    /// <summary>Kinds of records of a query.</summary>
    public const string Ack = "ack";
    public const string Response = "response";
    public const string Done = "done";

    public const string UnsupportedCommand = "Unsupported command";
    public const string UnsupportedVersion = "Unsupported IPC version";
    public const string HandshakeAlreadyPerformed = "Handshake already performed";
    public const string HandshakeRequired = "Handshake required";
    public const string AuthenticationRequired = "Authentication required";
    public const string InvalidToken = "Invalid authentication token";
    public const string MonitorExists = "Monitor already exists";
    public const string UnknownLogLevel = "Unknown log level: ";
    public const string InvalidFilter = "Invalid event filter";
    public const string StreamExists = "Stream with given sequence exists";
    public const string NoPendingQuery = "No pending queries matching ID";
    public const string RespondFailed = "failed to respond to key query: ";
    public const string ReservedQueryName = "Queries cannot contain the '_serf_' prefix";
    public const string TooManyQueries = "too many queries are open";
    public const string RegexFailed = "Failed to compile regex: ";

    /// <summary>The one version of the protocol.</summary>
    public const int Version = 1;

    /// <summary>
    /// Whether an error stands alone, without the body its command normally has (spec rpc 8, item 4).
    /// </summary>
    public static bool IsHeaderOnly(string error) =>
        error is HandshakeRequired or AuthenticationRequired or UnsupportedCommand;

    internal static RpcCommand Find(ReadOnlySpan<byte> name)
    {
        // Longer than every name: not worth the conversion.
        Span<char> text = stackalloc char[24];
        if (name.Length > text.Length)
        {
            return RpcCommand.Unknown;
        }

        for (int index = 0; index < name.Length; index++)
        {
            text[index] = (char)name[index];
        }

        return text[..name.Length] switch
        {
            Handshake => RpcCommand.Handshake,
            Auth => RpcCommand.Auth,
            Event => RpcCommand.Event,
            ForceLeave => RpcCommand.ForceLeave,
            Join => RpcCommand.Join,
            Members => RpcCommand.Members,
            MembersFiltered => RpcCommand.MembersFiltered,
            Tags => RpcCommand.Tags,
            Stream => RpcCommand.Stream,
            Monitor => RpcCommand.Monitor,
            Stop => RpcCommand.Stop,
            Leave => RpcCommand.Leave,
            Respond => RpcCommand.Respond,
            Stats => RpcCommand.Stats,
            Query => RpcCommand.Query,
            InstallKey => RpcCommand.InstallKey,
            UseKey => RpcCommand.UseKey,
            RemoveKey => RpcCommand.RemoveKey,
            ListKeys => RpcCommand.ListKeys,
            GetCoordinate => RpcCommand.GetCoordinate,
            _ => RpcCommand.Unknown,
        };
    }

    internal static bool HasBody(RpcCommand command) => command is not
        (RpcCommand.Unknown or RpcCommand.Members or RpcCommand.Leave or RpcCommand.Stats
        or RpcCommand.ListKeys);
}
