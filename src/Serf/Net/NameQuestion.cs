using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>One question to a name server, and what came of it.</summary>
internal sealed class NameQuestion(ushort type, ushort id)
{
    public ushort Type { get; } = type;

    public ushort Id { get; } = id;

    public bool IsAnswered { get; private set; }

    public DnsAnswer Answer { get; private set; }

    /// <summary>The server's error number; 0 for none.</summary>
    public int Code { get; private set; }

    public List<NodeAddress> Addresses { get; } = [];

    public void Read(System.ReadOnlySpan<byte> message, ushort port)
    {
        IsAnswered = true;
        Answer = DnsMessage.Read(message, Id, port, Addresses, out int code);
        Code = code;
    }
}
