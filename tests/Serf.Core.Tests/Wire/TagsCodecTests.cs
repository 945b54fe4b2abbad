using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

/// <summary>Tags in node metadata (spec serf 2, 14.2).</summary>
public sealed class TagsCodecTests
{
    [Fact]
    public void Before_version_3_the_role_is_all_there_is()
    {
        Tags tags = Of(("role", "test"), ("dc", "east"));
        Assert.Equal("test"u8.ToArray(), Encode(tags, 2));
        Assert.Equal("role=test", Decode(Encode(tags, 2)));
        Assert.Empty(Encode(Of(("dc", "east")), 2));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void From_version_3_on_all_tags_are_kept_in_the_order_of_their_keys(int version)
    {
        byte[] meta = Encode(Of(("role", "web"), ("dc", ""), ("Zone", "1")), version);
        Assert.Equal("ff83a45a6f6e65a131a26463a0a4726f6c65a3776562", Convert.ToHexStringLower(meta));
        Assert.Equal("Zone=1 dc= role=web", Decode(meta));
        Assert.Equal("ff80", Convert.ToHexStringLower(Encode(Tags.Empty, version)));
    }

    [Theory]
    [InlineData("", "role=", ReadStatus.Ok)]
    [InlineData("74657374", "role=test", ReadStatus.Ok)]
    [InlineData("80", "role=\u0080", ReadStatus.Ok)]
    [InlineData("ffc0", "", ReadStatus.Ok)]
    [InlineData("ff80", "", ReadStatus.Ok)]
    [InlineData("ff81a161c0", "a=", ReadStatus.Ok)]
    [InlineData("ff82a161a131a162a132", "a=1 b=2", ReadStatus.Ok)]
    [InlineData("ff82a161a131a161a132", "a=2", ReadStatus.Ok)]
    [InlineData("ff83a161a131a162a132a163a233", "a=1 b=2", ReadStatus.NeedMore)]
    [InlineData("ffdf00ffffffa161a131", "a=1", ReadStatus.NeedMore)]
    [InlineData("ff82a161a131a16207", "a=1", ReadStatus.Mismatch)]
    [InlineData("ff", "", ReadStatus.NeedMore)]
    [InlineData("ff05", "", ReadStatus.Mismatch)]
    public void What_can_be_read_is_kept(string hex, string expected, ReadStatus status)
    {
        Assert.Equal(status, TagsCodec.Read(Convert.FromHexString(hex), out Tags tags));
        Assert.Equal(
            expected,
            hex == "80" ? $"role={(char)tags["role"u8].Span[0]}" : Text(tags));
    }

    [Fact]
    public void What_other_tags_hold_already_is_shared_and_nothing_else_changes()
    {
        Tags own = Of(("dc", "east"), ("role", "web"));
        Tags same = Of(("dc", "east"), ("role", "web"));
        Assert.Same(own, same.SharingWith(own));

        Tags other = Of(("dc", "east"), ("role", "db"), ("x", "1"));
        Assert.Same(other, other.SharingWith(own));
        Assert.Equal("dc=east role=db x=1", Text(other));
        Assert.True(other.Entries[0].Key.Span == own.Entries[0].Key.Span);
        Assert.True(other.Entries[0].Value.Span == own.Entries[0].Value.Span);
        Assert.True(other.Entries[1].Key.Span == own.Entries[1].Key.Span);

        Tags fewer = Of(("dc", "east"));
        Assert.Same(fewer, fewer.SharingWith(own));
        Assert.Equal("dc=east", Text(fewer));
        Assert.Same(Tags.Empty, Tags.Empty.SharingWith(own));
        Assert.Equal("dc=east role=web", Text(own));
    }

    private static Tags Of(params (string Key, string Value)[] tags) =>
        Tags.From(tags.Select(tag => new KeyValuePair<ByteString, ByteString>(
            ByteString.FromText(tag.Key), ByteString.FromText(tag.Value))));

    private static byte[] Encode(Tags tags, int version)
    {
        byte[] meta = new byte[TagsCodec.SizeOf(tags, version)];
        Assert.Equal(meta.Length, TagsCodec.Write(tags, version, meta));
        return meta;
    }

    private static string Decode(byte[] meta)
    {
        Assert.Equal(ReadStatus.Ok, TagsCodec.Read(meta, out Tags tags));
        return Text(tags);
    }

    private static string Text(Tags tags) =>
        string.Join(' ', tags.Entries.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
}
