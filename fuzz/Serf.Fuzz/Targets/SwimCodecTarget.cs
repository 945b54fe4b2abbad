using System;
using System.Collections.Generic;
using Serf.Fuzz.Engine;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>One structure of the gossip layer: the first byte tells which, the rest is its body.</summary>
internal sealed class SwimCodecTarget : FuzzTarget
{
    private static readonly string[] _messages =
    [
        "ping", "indirectPing", "ack", "nack", "err", "suspect", "dead", "alive", "compress", "pushPullHeader",
        "pushNodeState", "userMsgHeader",
    ];

    public static string NameOf(MessageType type) => type switch
    {
        MessageType.Ping => "ping",
        MessageType.IndirectPing => "indirectPing",
        MessageType.Ack => "ack",
        MessageType.Nack => "nack",
        MessageType.Suspect => "suspect",
        MessageType.Dead => "dead",
        MessageType.Alive => "alive",
        MessageType.Err => "err",
        _ => throw new ArgumentException("no message of a packet: " + type),
    };

    public override IEnumerable<byte[]> Seeds() => SerfCodecTarget.ByMessage(
        _messages, "pushNodeState", "memberlist-messages.json", "memberlist-decode.json");

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (!input.IsEmpty)
        {
            Fixpoint.CheckSwim(_messages[input[0] % _messages.Length], input[1..]);
        }
    }
}
