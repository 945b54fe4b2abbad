using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>Node metadata: always yields tags, in order and unique, which survive writing.</summary>
internal sealed class TagsTarget : FuzzTarget
{
    private const int ProtocolVersion = 5;

    public override IEnumerable<byte[]> Seeds() => Serf.Fuzz.Seeds.Hex("serf-messages.json", "hex")
        .Concat(Serf.Fuzz.Seeds.Hex("serf-decode.json", "hex"))
        .Where(bytes => bytes is [0xFF, ..])
        .Append("web"u8.ToArray());

    public override void Run(ReadOnlySpan<byte> input)
    {
        TagsCodec.Read(input, out Tags tags);
        byte[] written = new byte[TagsCodec.SizeOf(tags, ProtocolVersion)];
        FuzzException.Check(
            TagsCodec.Write(tags, ProtocolVersion, written) == written.Length, "another size than announced");
        FuzzException.Check(TagsCodec.Read(written, out Tags again) == ReadStatus.Ok, "what was written is refused");
        FuzzException.Check(tags.Entries.SequenceEqual(again.Entries), "other tags");
        for (int index = 0; index < tags.Count; index++)
        {
            ByteString key = tags.Entries[index].Key;
            FuzzException.Check(tags[key.Span] == tags.Entries[index].Value, "a tag is not found");
            FuzzException.Check(index == 0 || tags.Entries[index - 1].Key < key, "the keys are out of order");
        }
    }
}
