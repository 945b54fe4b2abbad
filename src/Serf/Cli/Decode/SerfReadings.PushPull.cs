using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

// The state that nodes exchange in a push/pull.
internal static partial class SerfReadings
{
    private static ReadStatus ReadPushPull(string key, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SerfCodec.TryRead(body, out SerfPushPullView view);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        if (CountEvents(view.Events) > Limits.DecodeEventCountMax)
        {
            return ReadStatus.TooLarge;
        }

        sink.BeginMessage(key, NameOf(SerfMessageType.PushPull));
        sink.BeginFields();
        sink.Number("LTime", view.LamportTime);
        TellStatuses(view.Statuses, sink);
        TellTexts("LeftMembers", view.LeftMembers, sink);
        sink.Number("EventLTime", view.EventTime);
        TellEvents(view.Events, sink);
        sink.Number("QueryLTime", view.QueryTime);
        sink.EndFields();
        sink.Number("eventPlaces", (long)CountPlaces(view.Events));
        sink.EndMessage();
        return ReadStatus.Ok;
    }

    private static void TellStatuses(ReadOnlySpan<byte> map, IReadingSink sink)
    {
        if (map.IsNil())
        {
            sink.Nil("StatusLTimes");
            return;
        }

        // Of a name that comes twice the last time counts.
        SortedDictionary<ByteString, ulong> times = [];
        StatusTimeReader statuses = new(map);
        while (statuses.TryNext(out ReadOnlySpan<byte> name, out ulong time))
        {
            times[ByteString.Copy(name)] = time;
        }

        sink.Times("StatusLTimes", times);
    }

    private static int CountPlaces(ReadOnlySpan<byte> events)
    {
        MsgpackReader reader = new(events);
        reader.TryReadArrayHeader(Limits.MemberCountMax, out int count);
        return count;
    }

    // Small on the wire, an entry is many times larger when it is told.
    private static int CountEvents(ReadOnlySpan<byte> events)
    {
        int count = 0;
        EventBucketReader buckets = new(events);
        while (count <= Limits.DecodeEventCountMax && buckets.TryNext(out _, out ReadOnlySpan<byte> entries))
        {
            MsgpackReader reader = new(entries);
            reader.TryReadArrayHeader(Limits.MemberCountMax, out int entryCount);
            count += 1 + entryCount;
        }

        return count;
    }

    private static void TellEvents(ReadOnlySpan<byte> events, IReadingSink sink)
    {
        bool isAny = false;
        EventBucketReader buckets = new(events);
        while (buckets.TryNext(out ulong time, out ReadOnlySpan<byte> entries))
        {
            if (!isAny)
            {
                isAny = true;
                sink.BeginList("Events");
            }

            sink.BeginObject(null);
            sink.Number("LTime", time);
            TellEntries(entries, sink);
            sink.EndObject();
        }

        if (isAny)
        {
            sink.EndList();
        }
        else
        {
            sink.Nil("Events");
        }
    }

    private static void TellEntries(ReadOnlySpan<byte> list, IReadingSink sink)
    {
        MsgpackReader head = new(list);
        if (list.IsEmpty || head.TryReadNil())
        {
            sink.Nil("Events");
            return;
        }

        sink.BeginList("Events");
        EventEntryReader entries = new(list);
        while (entries.TryNext(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> payload))
        {
            sink.BeginObject(null);
            sink.Text("Name", name);
            sink.Bytes("Payload", payload);
            sink.EndObject();
        }

        sink.EndList();
    }
}
