using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Fields of the gossip messages, by name, in peers' order (spec gossip 1.4). <c>TryRead</c> takes the body
/// behind the type byte and accepts everything of spec gossip 1.3; bytes behind the body are ignored, and
/// what was read before an error stands in the message. <c>SizeOf</c> and <c>Write</c> include the type byte,
/// where the message has one.
/// </summary>
public static partial class SwimCodec
{
    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out Ping message)
    {
        message = default;
        FieldReader fields = new(new(body), "SeqNo Node SourceAddr SourcePort SourceNode"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.SequenceNumber); break;
                case 1: fields.ReadText(out message.Node); break;
                case 2: fields.ReadBytes(out message.SourceAddress); break;
                case 3: fields.Read(out message.SourcePort); break;
                default: fields.ReadText(out message.SourceNode); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out IndirectPing message)
    {
        message = default;
        FieldReader fields = new(
            new(body),
            "SeqNo Target Port Node Nack SourceAddr SourcePort SourceNode"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.SequenceNumber); break;
                case 1: fields.ReadBytes(out message.Target); break;
                case 2: fields.Read(out message.Port); break;
                case 3: fields.ReadText(out message.Node); break;
                case 4: fields.Read(out message.Nack); break;
                case 5: fields.ReadBytes(out message.SourceAddress); break;
                case 6: fields.Read(out message.SourcePort); break;
                default: fields.ReadText(out message.SourceNode); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out Ack message)
    {
        message = default;
        FieldReader fields = new(new(body), "SeqNo Payload"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.SequenceNumber); break;
                default: fields.ReadBytes(out message.Payload); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out Nack message)
    {
        message = default;
        FieldReader fields = new(new(body), "SeqNo"u8);
        while (fields.Next(out _))
        {
            fields.Read(out message.SequenceNumber);
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out ErrReply message)
    {
        message = default;
        FieldReader fields = new(new(body), "Error"u8);
        while (fields.Next(out _))
        {
            fields.ReadText(out message.Error);
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out Suspect message)
    {
        message = default;
        FieldReader fields = new(new(body), "Incarnation Node From"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.Incarnation); break;
                case 1: fields.ReadText(out message.Node); break;
                default: fields.ReadText(out message.From); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out Dead message)
    {
        // The shape is the same.
        ReadStatus status = TryRead(body, out Suspect same);
        message = new() { Incarnation = same.Incarnation, Node = same.Node, From = same.From };
        return status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out Alive message)
    {
        message = default;
        FieldReader fields = new(new(body), "Incarnation Node Addr Port Meta Vsn"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.Incarnation); break;
                case 1: fields.ReadText(out message.Node); break;
                case 2: fields.ReadBytes(out message.Address); break;
                case 3: fields.Read(out message.Port); break;
                case 4: fields.ReadBytes(out message.Meta); break;
                default: fields.ReadBytes(out message.Versions); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out Compressed message)
    {
        message = default;
        FieldReader fields = new(new(body), "Algo Buf"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.Algorithm); break;
                default: fields.ReadBytes(out message.Content, Limits.StreamExpansionMax); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ref MsgpackReader reader, out PushPullHeader header)
    {
        header = default;
        FieldReader fields = new(reader, "Nodes UserStateLen Join"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out header.NodeCount); break;
                case 1: fields.Read(out header.UserStateSize); break;
                default: fields.Read(out header.Join); break;
            }
        }

        return fields.End(ref reader);
    }

    public static ReadStatus TryRead(ref MsgpackReader reader, out NodeRecord record)
    {
        record = default;
        FieldReader fields = new(reader, "Name Addr Port Meta Incarnation State Vsn"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.ReadText(out record.Name); break;
                case 1: fields.ReadBytes(out record.Address); break;
                case 2: fields.Read(out record.Port); break;
                case 3: fields.ReadBytes(out record.Meta); break;
                case 4: fields.Read(out record.Incarnation); break;
                case 5: fields.Read(out record.State); break;
                default: fields.ReadBytes(out record.Versions); break;
            }
        }

        return fields.End(ref reader);
    }

    public static ReadStatus TryRead(ref MsgpackReader reader, out UserStreamHeader header)
    {
        header = default;
        FieldReader fields = new(reader, "UserMsgLen"u8);
        while (fields.Next(out _))
        {
            fields.Read(out header.MessageSize);
        }

        return fields.End(ref reader);
    }
}
