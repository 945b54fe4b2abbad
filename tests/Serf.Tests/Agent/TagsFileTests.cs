using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Serf.Agent;
using Serf.Posix;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class TagsFileTests : IDisposable, ILog
{
    private readonly string _folder = Directory.CreateTempSubdirectory("serf-tags-").FullName;
    private readonly List<string> _log = [];

    private string Target => Path.Combine(_folder, "tags.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    void ILog.Write(LogLevel level, string text) => _log.Add($"[{level}] {text}");

    [Fact]
    public void The_file_is_written_as_the_original_writes_it()
    {
        Assert.Equal("{}", TagsFile.Text(Tags.Empty));
        Assert.Equal("{\n  \"a\": \"1\",\n  \"b\": \"2\"\n}", TagsFile.Text(Of(("b", "2"), ("a", "1"))));
        Assert.Equal(
            "{\n  \"z\": \"1\",\n  \"\u00e4\": \"\\u003c\U0001F600\\u003e\\u0026\\u2028\\u0001\\t\uFFFD\"\n}",
            TagsFile.Text(Of(("\u00e4", "<\U0001F600>&\u2028\u0001\t\uFFFD"), ("z", "1"))));
    }

    [Fact]
    public void What_is_saved_is_loaded_again_and_nothing_else_is_left_behind()
    {
        Tags tags = Of(("role", "web"), ("", "x"), ("e", ""), ("q", "\"\\\n"));
        Assert.Null(new TagsFile(Target).Save(Of(("old", "1"))));
        Assert.Null(new TagsFile(Target).Save(tags));
        Tags again = new TagsFile(Target).Load(Tags.Empty, this);
        Assert.Equal(tags.Entries.ToArray(), again.Entries.ToArray());
        Assert.Equal([$"[Info] agent: Restored 4 tag(s) from {Target}"], _log);
        Assert.Equal([Target], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_new_file_is_the_owners_alone_and_an_old_one_keeps_its_mode()
    {
        const UnixFileMode shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead;
        new TagsFile(Target).Save(Tags.Empty);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
        File.SetUnixFileMode(Target, shared);
        new TagsFile(Target).Save(Of(("a", "1")));
        Assert.Equal(shared, File.GetUnixFileMode(Target));
    }

    [Fact]
    public void Whoever_reads_while_it_is_written_finds_the_old_tags_whole()
    {
        new TagsFile(Target).Save(Of(("a", "1")));
        using StreamReader reader = new(Target);
        new TagsFile(Target).Save(Of(("a", "2")));
        Assert.Equal(TagsFile.Text(Of(("a", "1"))), reader.ReadToEnd());
    }

    [Fact]
    public void A_name_that_is_not_UTF_8_is_found_again()
    {
        string path = Path.Combine(_folder, "\uDCE4");
        Assert.Null(new TagsFile(path).Save(Of(("a", "1"))));
        Assert.Equal(1, new TagsFile(path).Load(Tags.Empty, this).Entries.Length);
        Libc.RemoveFile(path);
    }

    [Fact]
    public void A_file_that_is_not_there_holds_no_tags_and_is_not_made()
    {
        Assert.True(new TagsFile(Target).Load(Tags.Empty, this).Entries.IsEmpty);
        Assert.Empty(_log);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Tags_of_the_configuration_and_a_file_exclude_each_other()
    {
        Assert.Equal(
            "Tags config not allowed while using tag files",
            Assert.Throws<SerfException>(() => new TagsFile(Target).Load(Of(("a", "1")), this)).Message);
    }

    // The words are those of the original, which was given the same files.
    [Theory]
    [InlineData("", "unexpected end of JSON input")]
    [InlineData("  \n", "unexpected end of JSON input")]
    [InlineData("{\"a\":\"1\"", "unexpected end of JSON input")]
    [InlineData("[\"a\"]", "json: cannot unmarshal array into Go value of type map[string]string")]
    [InlineData("\"x\"", "json: cannot unmarshal string into Go value of type map[string]string")]
    [InlineData("5", "json: cannot unmarshal number into Go value of type map[string]string")]
    [InlineData("true", "json: cannot unmarshal bool into Go value of type map[string]string")]
    [InlineData("{\"a\":1,\"b\":true}", "json: cannot unmarshal number into Go value of type string")]
    [InlineData("{\"a\":{}}", "json: cannot unmarshal object into Go value of type string")]
    [InlineData("{\"a\":[\"b\"]}", "json: cannot unmarshal array into Go value of type string")]
    [InlineData("{\"a\":false}", "json: cannot unmarshal bool into Go value of type string")]
    [InlineData("{\"a\":\"1\"} {\"b\":\"2\"}", "invalid character '{' after top-level value")]
    [InlineData("{\"a\":\"1\"}x", "invalid character 'x' after top-level value")]
    public void What_cannot_be_decoded_is_told(string json, string reason)
    {
        File.WriteAllText(Target, json);
        Assert.Equal(
            "Failed to decode tags file: " + reason,
            Assert.Throws<SerfException>(() => new TagsFile(Target).Load(Tags.Empty, this)).Message);
    }

    [Theory]
    [InlineData("null", "")]
    [InlineData("{}", "")]
    [InlineData("{\"a\":null}", "a=")]
    [InlineData("{\"a\":\"1\",\"a\":\"2\"}", "a=2")]
    [InlineData("{\"\\u00e4\":\"\\ud800x\"}", "\u00e4=\uFFFDx")]
    public void What_can_be_read_is_taken(string json, string expected)
    {
        File.WriteAllText(Target, json);
        Tags tags = new TagsFile(Target).Load(Tags.Empty, this);
        Assert.Equal(expected, string.Join(' ', tags.Entries.ToArray().Select(tag => $"{tag.Key}={tag.Value}")));
        Assert.Equal([$"[Info] agent: Restored {tags.Entries.Length} tag(s) from {Target}"], _log);
    }

    [Fact]
    public void What_cannot_be_read_or_written_is_told()
    {
        string gone = Path.Combine(_folder, "gone", "tags.json");
        Assert.Equal(
            $"Failed to write tags file: open {gone}: no such file or directory", new TagsFile(gone).Save(Tags.Empty));
        Assert.Equal(
            $"Failed to read tags file: read {_folder}: is a directory",
            Assert.Throws<SerfException>(() => new TagsFile(_folder).Load(Tags.Empty, this)).Message);
    }

    [Fact]
    public void A_file_larger_than_any_of_settings_is_refused()
    {
        using (FileStream file = File.Create(Target))
        {
            file.SetLength(Limits.ConfigFileSizeMax + (2L * 1024 * 1024 * 16));
        }

        Assert.Contains(
            "larger than",
            Assert.Throws<SerfException>(() => new TagsFile(Target).Load(Tags.Empty, this)).Message,
            StringComparison.Ordinal);
    }

    private static Tags Of(params (string Key, string Value)[] tags) =>
        Tags.From(tags.Select(tag => new KeyValuePair<ByteString, ByteString>(
            ByteString.FromText(tag.Key), ByteString.FromText(tag.Value))));
}
