using System;

namespace Serf.Wire;

public static partial class SwimCodec
{
    public static int SizeOf(in Ping message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in IndirectPing message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in Ack message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in Nack message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in ErrReply message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in Suspect message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in Dead message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in Alive message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in Compressed message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    /// <summary>Without the type byte 6: header, records and state follow each other behind one.</summary>
    public static int SizeOf(in PushPullHeader header)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(header, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in NodeRecord record)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(record, ref writer);
        return writer.Written;
    }

    /// <summary>Without the type byte 8.</summary>
    public static int SizeOf(in UserStreamHeader header)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(header, ref writer);
        return writer.Written;
    }

    /// <returns>Bytes written, equal to <c>SizeOf</c>; so for all others.</returns>
    public static int Write(in Ping message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in IndirectPing message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in Ack message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in Nack message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in ErrReply message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in Suspect message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in Dead message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in Alive message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in Compressed message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in PushPullHeader header, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(header, ref writer);
        return writer.Written;
    }

    public static int Write(in NodeRecord record, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(record, ref writer);
        return writer.Written;
    }

    public static int Write(in UserStreamHeader header, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(header, ref writer);
        return writer.Written;
    }

    private static void Put(in Ping message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)MessageType.Ping);
        int count = 2 + SourceFieldCount(message.SourceAddress, message.SourcePort, message.SourceNode);
        writer.WriteMapHeader(count);
        writer.WriteText("Node"u8, message.Node);
        writer.WriteUnsigned("SeqNo"u8, message.SequenceNumber);
        PutSource(message.SourceAddress, message.SourcePort, message.SourceNode, ref writer);
    }

    private static void Put(in IndirectPing message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)MessageType.IndirectPing);
        int count = 5 + SourceFieldCount(message.SourceAddress, message.SourcePort, message.SourceNode);
        writer.WriteMapHeader(count);
        writer.WriteBool("Nack"u8, message.Nack);
        writer.WriteText("Node"u8, message.Node);
        writer.WriteUnsigned("Port"u8, message.Port);
        writer.WriteUnsigned("SeqNo"u8, message.SequenceNumber);
        PutSource(message.SourceAddress, message.SourcePort, message.SourceNode, ref writer);
        writer.WriteBytes("Target"u8, message.Target);
    }

    private static void Put(in Ack message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)MessageType.Ack);
        writer.WriteMapHeader(2);
        writer.WriteBytes("Payload"u8, message.Payload);
        writer.WriteUnsigned("SeqNo"u8, message.SequenceNumber);
    }

    private static void Put(in Nack message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)MessageType.Nack);
        writer.WriteMapHeader(1);
        writer.WriteUnsigned("SeqNo"u8, message.SequenceNumber);
    }

    private static void Put(in ErrReply message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)MessageType.Err);
        writer.WriteMapHeader(1);
        writer.WriteText("Error"u8, message.Error);
    }

    private static void Put(in Suspect message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)MessageType.Suspect);
        PutClaim(message.Incarnation, message.Node, message.From, ref writer);
    }

    private static void Put(in Dead message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)MessageType.Dead);
        PutClaim(message.Incarnation, message.Node, message.From, ref writer);
    }

    private static void Put(in Alive message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)MessageType.Alive);
        writer.WriteMapHeader(6);
        writer.WriteBytes("Addr"u8, message.Address);
        writer.WriteUnsigned("Incarnation"u8, message.Incarnation);
        writer.WriteBytes("Meta"u8, message.Meta);
        writer.WriteText("Node"u8, message.Node);
        writer.WriteUnsigned("Port"u8, message.Port);
        writer.WriteBytes("Vsn"u8, message.Versions);
    }

    private static void Put(in Compressed message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)MessageType.Compress);
        writer.WriteMapHeader(2);
        writer.WriteUnsigned("Algo"u8, message.Algorithm);
        writer.WriteBytes("Buf"u8, message.Content);
    }

    private static void Put(in PushPullHeader header, ref MsgpackWriter writer)
    {
        writer.WriteMapHeader(3);
        writer.WriteBool("Join"u8, header.Join);
        writer.WriteSigned("Nodes"u8, header.NodeCount);
        writer.WriteSigned("UserStateLen"u8, header.UserStateSize);
    }

    private static void Put(in NodeRecord record, ref MsgpackWriter writer)
    {
        writer.WriteMapHeader(7);
        writer.WriteBytes("Addr"u8, record.Address);
        writer.WriteUnsigned("Incarnation"u8, record.Incarnation);
        writer.WriteBytes("Meta"u8, record.Meta);
        writer.WriteText("Name"u8, record.Name);
        writer.WriteUnsigned("Port"u8, record.Port);
        writer.WriteSigned("State"u8, record.State);
        writer.WriteBytes("Vsn"u8, record.Versions);
    }

    private static void Put(in UserStreamHeader header, ref MsgpackWriter writer)
    {
        writer.WriteMapHeader(1);
        writer.WriteSigned("UserMsgLen"u8, header.MessageSize);
    }

    private static void PutClaim(
        uint incarnation,
        ReadOnlySpan<byte> node,
        ReadOnlySpan<byte> from,
        ref MsgpackWriter writer)
    {
        writer.WriteMapHeader(3);
        writer.WriteText("From"u8, from);
        writer.WriteUnsigned("Incarnation"u8, incarnation);
        writer.WriteText("Node"u8, node);
    }

    // The source fields are the only ones that are left out when they are empty or zero.
    private static int SourceFieldCount(ReadOnlySpan<byte> address, ushort port, ReadOnlySpan<byte> node) =>
        (address.IsEmpty ? 0 : 1) + (port == 0 ? 0 : 1) + (node.IsEmpty ? 0 : 1);

    private static void PutSource(
        ReadOnlySpan<byte> address,
        ushort port,
        ReadOnlySpan<byte> node,
        ref MsgpackWriter writer)
    {
        if (!address.IsEmpty)
        {
            writer.WriteBytes("SourceAddr"u8, address);
        }

        if (!node.IsEmpty)
        {
            writer.WriteText("SourceNode"u8, node);
        }

        if (port != 0)
        {
            writer.WriteUnsigned("SourcePort"u8, port);
        }
    }
}
