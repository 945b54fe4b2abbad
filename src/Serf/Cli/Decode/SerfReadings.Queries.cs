using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

// Queries: the one message whose fields hold others.
internal static partial class SerfReadings
{

    private static ReadStatus ReadQuery(string key, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SerfCodec.TryRead(body, out QueryMessage query);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        Begin(key, SerfMessageType.Query, sink);
        sink.Number("LTime", query.LamportTime);
        sink.Number("ID", (long)query.Id);
        sink.Address("Addr", query.Address, "Port", query.Port);
        sink.Text("SourceNode", query.SourceNode);
        TellFilters(query.Filters, sink);
        sink.Number("Flags", (long)query.Flags);
        sink.Number("RelayFactor", (long)query.RelayFactor);
        sink.Duration("Timeout", query.Timeout);
        sink.Text("Name", query.Name);
        sink.Bytes("Payload", query.Payload);
        if (sink.WantsInside && IsKeyOperation(query))
        {
            TellInner("payload", query.Payload, sink, Limits.PacketDepthMax - 1);
        }

        End(sink);
        return status;
    }

    // Only these queries carry a message of their own.
    private static bool IsKeyOperation(in QueryMessage query) =>
        query.Name.StartsWith(InternalPrefix) && query.Name.EndsWith("-key"u8)
        && !query.Payload.IsEmpty && query.Payload[0] == (byte)SerfMessageType.KeyRequest;

    private static void TellFilters(ReadOnlySpan<byte> list, IReadingSink sink)
    {
        if (list.IsNil())
        {
            sink.Nil("Filters");
            return;
        }

        QueryFilterReader filters = new(list);
        if (sink.WantsRaw)
        {
            sink.BeginList("Filters");
            while (filters.TryNext(out ReadOnlySpan<byte> filter))
            {
                sink.Bytes(null, filter);
            }

            sink.EndList();
        }

        if (sink.WantsInside)
        {
            filters = new(list);
            sink.BeginList("filters");
            while (filters.TryNext(out ReadOnlySpan<byte> filter))
            {
                TellFilter(filter, sink);
            }

            sink.EndList();
        }
    }

    private static void TellFilter(ReadOnlySpan<byte> filter, IReadingSink sink)
    {
        if (!filter.IsEmpty && filter[0] == SerfCodec.TagFilterKind
            && TagFilter.TryRead(filter[1..], out TagFilter tag) == ReadStatus.Ok)
        {
            sink.BeginMessage(null, "filterTag");
            sink.BeginFields();
            sink.Text("Tag", tag.Tag);
            sink.Text("Expr", tag.Expression);
            End(sink);
        }
        else if (!filter.IsEmpty && filter[0] == SerfCodec.NodeFilterKind && IsTextList(filter[1..]))
        {
            sink.BeginMessage(null, "filterNode");
            TellTexts("fields", filter[1..], sink);
            sink.EndMessage();
        }
        else
        {
            sink.Bytes(null, filter);
        }
    }

    private static bool IsTextList(ReadOnlySpan<byte> list)
    {
        TextListReader texts = new(list);
        while (texts.TryNext(out _))
        {
        }

        return !list.IsEmpty && texts.Status == ReadStatus.Ok;
    }

    private static void TellTexts(string key, ReadOnlySpan<byte> list, IReadingSink sink)
    {
        if (list.IsNil())
        {
            sink.Nil(key);
            return;
        }

        sink.BeginList(key);
        TextListReader texts = new(list);
        while (texts.TryNext(out ReadOnlySpan<byte> text))
        {
            sink.Text(null, text);
        }

        sink.EndList();
    }
}
