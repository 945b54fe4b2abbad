using System;
using System.Text.Json;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

/// <summary>The gossip messages by the names of the vector files.</summary>
internal static class SwimRecoder
{
    /// <summary>Writes the structure, its type byte first where the vector files have one.</summary>
    public static byte[] Encode(string message, JsonElement element)
    {
        VectorFields fields = new(element);
        return message switch
        {
            "ping" => Write(PingOf(fields)),
            "indirectPing" => Write(IndirectPingOf(fields)),
            "ack" => Write(new Ack
            {
                SequenceNumber = (uint)fields.Unsigned("SeqNo"),
                Payload = fields.Bytes("Payload"),
            }),
            "nack" => Write(new Nack { SequenceNumber = (uint)fields.Unsigned("SeqNo") }),
            "err" => Write(new ErrReply { Error = fields.Text("Error") }),
            "suspect" => Write(new Suspect
            {
                Incarnation = (uint)fields.Unsigned("Incarnation"),
                Node = fields.Text("Node"),
                From = fields.Text("From"),
            }),
            "dead" => Write(new Dead
            {
                Incarnation = (uint)fields.Unsigned("Incarnation"),
                Node = fields.Text("Node"),
                From = fields.Text("From"),
            }),
            "alive" => Write(AliveOf(fields)),
            "compress" => Write(new Compressed
            {
                Algorithm = (byte)fields.Unsigned("Algo"),
                Content = fields.Bytes("Buf"),
            }),
            "pushPullHeader" => Write(new PushPullHeader
            {
                NodeCount = fields.Signed("Nodes"),
                UserStateSize = fields.Signed("UserStateLen"),
                Join = fields.Bool("Join"),
            }),
            "pushNodeState" => Write(RecordOf(fields)),
            "userMsgHeader" => Write(new UserStreamHeader { MessageSize = fields.Signed("UserMsgLen") }),
            _ => throw new ArgumentException("unknown: " + message),
        };
    }

    /// <summary>
    /// Reads a body and writes what was read; all fields are written, so nothing read wrongly is hidden.
    /// </summary>
    public static ReadStatus Recode(string message, ReadOnlySpan<byte> body, out byte[] encoded)
    {
        encoded = [];
        MsgpackReader reader = new(body);
        ReadStatus status;
        switch (message)
        {
            case "ping":
                status = SwimCodec.TryRead(body, out Ping ping);
                encoded = status == ReadStatus.Ok ? Write(ping) : [];
                return status;
            case "indirectPing":
                status = SwimCodec.TryRead(body, out IndirectPing indirect);
                encoded = status == ReadStatus.Ok ? Write(indirect) : [];
                return status;
            case "ack":
                status = SwimCodec.TryRead(body, out Ack ack);
                encoded = status == ReadStatus.Ok ? Write(ack) : [];
                return status;
            case "nack":
                status = SwimCodec.TryRead(body, out Nack nack);
                encoded = status == ReadStatus.Ok ? Write(nack) : [];
                return status;
            case "err":
                status = SwimCodec.TryRead(body, out ErrReply err);
                encoded = status == ReadStatus.Ok ? Write(err) : [];
                return status;
            case "suspect":
                status = SwimCodec.TryRead(body, out Suspect suspect);
                encoded = status == ReadStatus.Ok ? Write(suspect) : [];
                return status;
            case "dead":
                status = SwimCodec.TryRead(body, out Dead dead);
                encoded = status == ReadStatus.Ok ? Write(dead) : [];
                return status;
            case "alive":
                status = SwimCodec.TryRead(body, out Alive alive);
                encoded = status == ReadStatus.Ok ? Write(alive) : [];
                return status;
            case "compress":
                status = SwimCodec.TryRead(body, out Compressed compressed);
                encoded = status == ReadStatus.Ok ? Write(compressed) : [];
                return status;
            default:
                return RecodePart(message, ref reader, out encoded);
        }
    }

    private static ReadStatus RecodePart(string message, ref MsgpackReader reader, out byte[] encoded)
    {
        ReadStatus status;
        switch (message)
        {
            case "pushPullHeader":
                status = SwimCodec.TryRead(ref reader, out PushPullHeader header);
                encoded = Write(header);
                break;
            case "pushNodeState":
                status = SwimCodec.TryRead(ref reader, out NodeRecord record);
                encoded = Write(record);
                break;
            case "userMsgHeader":
                status = SwimCodec.TryRead(ref reader, out UserStreamHeader user);
                encoded = Write(user);
                break;
            default:
                throw new ArgumentException("unknown: " + message);
        }

        Assert.Equal(status == ReadStatus.Ok, reader.Consumed > 0);
        encoded = status == ReadStatus.Ok ? encoded : [];
        return status;
    }

    private static Ping PingOf(VectorFields fields) => new()
    {
        SequenceNumber = (uint)fields.Unsigned("SeqNo"),
        Node = fields.Text("Node"),
        SourceAddress = fields.Bytes("SourceAddr"),
        SourcePort = (ushort)fields.Unsigned("SourcePort"),
        SourceNode = fields.Text("SourceNode"),
    };

    private static IndirectPing IndirectPingOf(VectorFields fields) => new()
    {
        SequenceNumber = (uint)fields.Unsigned("SeqNo"),
        Target = fields.Bytes("Target"),
        Port = (ushort)fields.Unsigned("Port"),
        Node = fields.Text("Node"),
        Nack = fields.Bool("Nack"),
        SourceAddress = fields.Bytes("SourceAddr"),
        SourcePort = (ushort)fields.Unsigned("SourcePort"),
        SourceNode = fields.Text("SourceNode"),
    };

    private static Alive AliveOf(VectorFields fields) => new()
    {
        Incarnation = (uint)fields.Unsigned("Incarnation"),
        Node = fields.Text("Node"),
        Address = fields.Bytes("Addr"),
        Port = (ushort)fields.Unsigned("Port"),
        Meta = fields.Bytes("Meta"),
        Versions = fields.Bytes("Vsn"),
    };

    private static NodeRecord RecordOf(VectorFields fields) => new()
    {
        Name = fields.Text("Name"),
        Address = fields.Bytes("Addr"),
        Port = (ushort)fields.Unsigned("Port"),
        Meta = fields.Bytes("Meta"),
        Incarnation = (uint)fields.Unsigned("Incarnation"),
        State = fields.Signed("State"),
        Versions = fields.Bytes("Vsn"),
    };

    private static byte[] Write(in Ping message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in IndirectPing message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in Ack message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in Nack message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in ErrReply message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in Suspect message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in Dead message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in Alive message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in Compressed message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in PushPullHeader message)
    {
        byte[] bytes = new byte[1 + SwimCodec.SizeOf(message)];
        bytes[0] = (byte)MessageType.PushPull;
        Assert.Equal(bytes.Length - 1, SwimCodec.Write(message, bytes.AsSpan(1)));
        return bytes;
    }

    private static byte[] Write(in NodeRecord message)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SwimCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in UserStreamHeader message)
    {
        byte[] bytes = new byte[1 + SwimCodec.SizeOf(message)];
        bytes[0] = (byte)MessageType.User;
        Assert.Equal(bytes.Length - 1, SwimCodec.Write(message, bytes.AsSpan(1)));
        return bytes;
    }
}
