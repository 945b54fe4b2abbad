namespace Serf.Net;

/// <summary>What an answer of a name server amounts to.</summary>
internal enum DnsAnswer : byte
{
    /// <summary>Well formed and without an error; it may still hold no address.</summary>
    Accepted,

    /// <summary>Cut off, or not a message by the rules.</summary>
    Malformed,

    /// <summary>To another question than ours.</summary>
    Unrelated,

    /// <summary>The server tells an error, such as an unknown name or a kind it does not answer.</summary>
    Refused,
}
