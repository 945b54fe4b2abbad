using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

/// <summary>Messages of the gossip layer, told to a sink: nothing of one that cannot be read whole.</summary>
internal static class GossipReadings
{
    private const byte CoordinateVersion = 1;

    /// <summary>Null for a type that carries no message.</summary>
    public static string? NameOf(MessageType type) => type switch
    {
        MessageType.Ping => "ping",
        MessageType.IndirectPing => "indirectPing",
        MessageType.Ack => "ack",
        MessageType.Suspect => "suspect",
        MessageType.Alive => "alive",
        MessageType.Dead => "dead",
        MessageType.PushPull => "pushPull",
        MessageType.User => "user",
        MessageType.Nack => "nack",
        MessageType.Err => "err",
        _ => null,
    };

    /// <summary>The words for a status that is not Ok.</summary>
    public static string Reason(ReadStatus status) => status switch
    {
        ReadStatus.NeedMore => "cut short",
        ReadStatus.TooLarge => "larger than anything a node takes",
        _ => "does not decode",
    };

    /// <summary>What stands behind the name of the message.</summary>
    /// <param name="type">One of the types that have a single map for a body.</param>
    /// <returns>Why it could not be read, or null.</returns>
    public static string? Read(MessageType type, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = type switch
        {
            MessageType.Ping => ReadPing(body, sink),
            MessageType.IndirectPing => ReadIndirectPing(body, sink),
            MessageType.Ack => ReadAck(body, sink),
            MessageType.Suspect or MessageType.Dead => ReadAccusation(body, sink),
            MessageType.Alive => ReadAlive(body, sink),
            MessageType.Nack => ReadNack(body, sink),
            _ => ReadErr(body, sink),
        };
        return status == ReadStatus.Ok ? null : Reason(status);
    }

    /// <summary>A push/pull that <see cref="GossipStreamReader"/> found whole.</summary>
    public static string? ReadPushPull(ReadOnlySpan<byte> body, IReadingSink sink)
    {
        MsgpackReader reader = new(body);
        ReadStatus status = SwimCodec.TryRead(ref reader, out PushPullHeader header);
        if (status != ReadStatus.Ok)
        {
            return Reason(status);
        }

        sink.Flag("join", header.Join);
        sink.BeginList("nodes");
        for (long left = header.NodeCount; left > 0 && status == ReadStatus.Ok; left--)
        {
            status = SwimCodec.TryRead(ref reader, out NodeRecord record);
            if (status == ReadStatus.Ok)
            {
                Tell(record, sink);
            }
        }

        sink.EndList();
        if (status != ReadStatus.Ok || header.UserStateSize > reader.Remaining.Length)
        {
            return Reason(status == ReadStatus.Ok ? ReadStatus.NeedMore : status);
        }

        ReadOnlySpan<byte> state = header.UserStateSize == 0
            ? default
            : reader.Remaining[..(int)header.UserStateSize];
        if (sink.WantsRaw)
        {
            sink.Bytes("userState", state);
        }

        string? error = state.IsEmpty ? null : SerfReadings.Read("serf", state, sink, 0);
        if (error is not null && !sink.WantsRaw)
        {
            sink.Bytes("userState", state);
        }

        return error is null ? null : "user state: " + error;
    }

    private static ReadStatus ReadPing(ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SwimCodec.TryRead(body, out Ping ping);
        if (status == ReadStatus.Ok)
        {
            sink.BeginFields();
            sink.Number("SeqNo", (long)ping.SequenceNumber);
            sink.Text("Node", ping.Node);
            sink.Address("SourceAddr", ping.SourceAddress, "SourcePort", ping.SourcePort);
            sink.Text("SourceNode", ping.SourceNode);
            sink.EndFields();
        }

        return status;
    }

    private static ReadStatus ReadIndirectPing(ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SwimCodec.TryRead(body, out IndirectPing ping);
        if (status == ReadStatus.Ok)
        {
            sink.BeginFields();
            sink.Number("SeqNo", (long)ping.SequenceNumber);
            sink.Address("Target", ping.Target, "Port", ping.Port);
            sink.Text("Node", ping.Node);
            sink.Flag("Nack", ping.Nack);
            sink.Address("SourceAddr", ping.SourceAddress, "SourcePort", ping.SourcePort);
            sink.Text("SourceNode", ping.SourceNode);
            sink.EndFields();
        }

        return status;
    }

    private static ReadStatus ReadAck(ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SwimCodec.TryRead(body, out Ack ack);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        sink.BeginFields();
        sink.Number("SeqNo", (long)ack.SequenceNumber);
        bool isTold = sink.WantsInside && TellsCoordinate(ack.Payload);
        if (sink.WantsRaw || !isTold)
        {
            sink.Bytes("Payload", ack.Payload);
        }

        if (isTold)
        {
            TellCoordinate(ack.Payload, sink);
        }

        sink.EndFields();
        return status;
    }

    private static ReadStatus ReadNack(ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SwimCodec.TryRead(body, out Nack nack);
        if (status == ReadStatus.Ok)
        {
            sink.BeginFields();
            sink.Number("SeqNo", (long)nack.SequenceNumber);
            sink.EndFields();
        }

        return status;
    }

    private static ReadStatus ReadErr(ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SwimCodec.TryRead(body, out ErrReply reply);
        if (status == ReadStatus.Ok)
        {
            sink.BeginFields();
            sink.Text("Error", reply.Error);
            sink.EndFields();
        }

        return status;
    }

    // suspect and dead
    private static ReadStatus ReadAccusation(ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SwimCodec.TryRead(body, out Suspect suspect);
        if (status == ReadStatus.Ok)
        {
            sink.BeginFields();
            sink.Number("Incarnation", (long)suspect.Incarnation);
            sink.Text("Node", suspect.Node);
            sink.Text("From", suspect.From);
            sink.EndFields();
        }

        return status;
    }

    private static ReadStatus ReadAlive(ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SwimCodec.TryRead(body, out Alive alive);
        if (status == ReadStatus.Ok)
        {
            sink.BeginFields();
            sink.Number("Incarnation", (long)alive.Incarnation);
            sink.Text("Node", alive.Node);
            sink.Address("Addr", alive.Address, "Port", alive.Port);
            TellMeta(alive.Meta, sink);
            sink.Versions("Vsn", alive.Versions);
            sink.EndFields();
        }

        return status;
    }

    private static void Tell(in NodeRecord record, IReadingSink sink)
    {
        sink.BeginObject(null);
        sink.Text("Name", record.Name);
        sink.Address("Addr", record.Address, "Port", record.Port);
        TellMeta(record.Meta, sink);
        sink.Number("Incarnation", (long)record.Incarnation);
        sink.State("State", record.State);
        sink.Versions("Vsn", record.Versions);
        sink.EndObject();
    }

    private static void TellMeta(ReadOnlySpan<byte> meta, IReadingSink sink)
    {
        // Tags that end in an error are told as far as they go, as every node takes them.
        ReadStatus status = ReadStatus.Ok;
        Tags? tags = null;
        if (sink.WantsInside)
        {
            status = TagsCodec.Read(meta, out tags);
        }

        if (sink.WantsRaw || status != ReadStatus.Ok)
        {
            sink.Bytes("Meta", meta);
        }

        if (sink.WantsInside)
        {
            sink.Tags("tags", tags);
        }
    }

    private static bool TellsCoordinate(ReadOnlySpan<byte> payload)
    {
        Span<double> vector = stackalloc double[Limits.CoordinateDimensionCountMax];
        return !payload.IsEmpty && payload[0] == CoordinateVersion
            && CoordinateCodec.TryRead(payload[1..], vector, out _) == ReadStatus.Ok;
    }

    private static void TellCoordinate(ReadOnlySpan<byte> payload, IReadingSink sink)
    {
        Span<double> vector = stackalloc double[Limits.CoordinateDimensionCountMax];
        CoordinateCodec.TryRead(payload[1..], vector, out CoordinateMessage coordinate);
        sink.BeginObject("coordinate");
        if (coordinate.Vector.IsNil())
        {
            sink.Nil("Vec");
        }
        else
        {
            sink.BeginList("Vec");
            foreach (double component in coordinate.Vector)
            {
                sink.Real(null, component);
            }

            sink.EndList();
        }

        sink.Real("Error", coordinate.Error);
        sink.Real("Adjustment", coordinate.Adjustment);
        sink.Real("Height", coordinate.Height);
        sink.EndObject();
    }
}
