using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>Tags in node metadata (spec serf 2).</summary>
public static class TagsCodec
{
    /// <summary>First byte of metadata that holds a map; no other metadata begins with it.</summary>
    private const byte Magic = 0xff;

    /// <summary>The first protocol version with tags; before it the metadata is the role alone.</summary>
    private const int TagsProtocolVersion = 3;

    /// <summary>Size of the metadata, the magic byte included.</summary>
    public static int SizeOf(Tags tags, int protocolVersion) =>
        protocolVersion < TagsProtocolVersion ? tags["role"u8].Length : 1 + SizeOfMap(tags);

    /// <returns>Bytes written, equal to <see cref="SizeOf"/>.</returns>
    public static int Write(Tags tags, int protocolVersion, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        if (protocolVersion < TagsProtocolVersion)
        {
            writer.WriteEncoded(tags["role"u8].Span);
        }
        else
        {
            writer.WriteByte(Magic);
            WriteMap(tags, ref writer);
        }

        return writer.Written;
    }

    /// <summary>
    /// Always yields tags: on an error those decoded before it, with a status other than Ok.
    /// </summary>
    public static ReadStatus Read(ReadOnlySpan<byte> meta, out Tags tags)
    {
        if (meta.IsEmpty || meta[0] != Magic)
        {
            tags = Tags.From([new(ByteString.Copy("role"u8), ByteString.Copy(meta))]);
            return ReadStatus.Ok;
        }

        MsgpackReader reader = new(meta[1..]);
        return TryReadMap(ref reader, out tags);
    }

    /// <summary>
    /// A bare MessagePack map of text to text, no magic byte; nil gives no tags. On an error the tags are
    /// those decoded before it.
    /// </summary>
    public static ReadStatus TryReadMap(ref MsgpackReader reader, out Tags tags)
    {
        tags = Tags.Empty;
        MsgpackReader ahead = reader;
        ReadStatus status = ahead.TryReadMapHeader(Limits.StreamSizeMax, out int count);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        // Grows with the entries that are there, whatever number was announced.
        List<KeyValuePair<ByteString, ByteString>> entries = [];
        while (entries.Count < count)
        {
            ReadOnlySpan<byte> value = default;
            status = ahead.TryReadKey(Limits.StreamSizeMax, out ReadOnlySpan<byte> key);
            if (status == ReadStatus.Ok)
            {
                status = ahead.TryReadRaw(Limits.StreamSizeMax, out value);
            }

            if (status != ReadStatus.Ok)
            {
                break;
            }

            entries.Add(new(ByteString.Copy(key), ByteString.Copy(value)));
        }

        tags = Tags.From(entries);
        if (status == ReadStatus.Ok)
        {
            reader = ahead;
        }

        return status;
    }

    /// <summary>Null is nil.</summary>
    public static int SizeOfMap(Tags? tags, bool modern = false)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring(modern);
        WriteMap(tags, ref writer);
        return writer.Written;
    }

    /// <summary>Keys in ascending byte order; null is nil.</summary>
    public static void WriteMap(Tags? tags, ref MsgpackWriter writer)
    {
        if (tags is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteMapHeader(tags.Count);
        foreach (ref readonly KeyValuePair<ByteString, ByteString> entry in tags.Entries)
        {
            writer.WriteText(entry.Key.Span, entry.Value.Span);
        }
    }
}
