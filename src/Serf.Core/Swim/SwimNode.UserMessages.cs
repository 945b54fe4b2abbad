using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// Messages of the layer above to one node (spec gossip 8.6).
public sealed partial class SwimNode
{
    /// <summary>One user message in a packet of its own.</summary>
    /// <param name="checksum">Whether the receiver is known to understand checksums.</param>
    /// <returns>False when the system refused it, or when it is too large for any packet.</returns>
    public bool SendUserMessage(in NodeAddress target, ReadOnlySpan<byte> message, bool checksum)
    {
        // What a peer asks us to pass on may be larger than any packet.
        if (!IsRunning || message.Length >= ushort.MaxValue)
        {
            return false;
        }

        _fill.Begin(target, checksum || ChecksumByName(target));
        _fill.UserMessages = true;
        _fill.Add(message);
        return _fill.Send();
    }

    /// <summary>One user message over a connection of its own, which no loss of packets can stop. It ends in
    /// <see cref="ISwimObserver.UserMessageSent"/>.</summary>
    /// <returns><see cref="StreamId.None"/>, and nothing will follow, when the node does not run, has too
    /// many connections open, or the message is larger than peers take.</returns>
    public StreamId SendUserMessageStream(in NodeAddress target, ReadOnlySpan<byte> message, Instant now)
    {
        if (!IsRunning || message.Length > Limits.StreamSizeMax || DialledCount >= Limits.StreamCountMax)
        {
            return StreamId.None;
        }

        _now = now;
        SwimStream stream = new(NextStreamId(), StreamKind.UserMessage, target, Options)
        {
            Message = message.ToArray(),
        };
        Watch(stream, now + Options.TcpTimeout);
        _effects.OpenStream(stream.Id, target);
        return stream.Id;
    }

    // Nothing comes back, so the end is that the bytes were handed over; writing them has the host's limit.
    private void WriteUserMessage(SwimStream stream, Instant now)
    {
        UserStreamHeader header = new() { MessageSize = stream.Message.Length };
        _scratch.Clear();
        _scratch.WriteByte((byte)MessageType.User);
        _scratch.Advance(SwimCodec.Write(header, _scratch.GetSpan(SwimCodec.SizeOf(header))));
        _scratch.Write(stream.Message);
        SendScratch(stream, dials: true);
        _scratch.Dispose();
        Close(stream, null, now);
    }
}
