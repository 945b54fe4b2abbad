using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text;
using Serf.Agent;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class GossipKeysTests : IDisposable, ILog
{
    private const string First = "AAECAwQFBgcICQoLDA0ODw==";
    private const string Second = "EBESExQVFhcYGRobHB0eHxAREhMUFRYXGBkaGxwdHh8=";

    private readonly string _folder = Directory.CreateTempSubdirectory("serf-keys-").FullName;
    private readonly List<string> _log = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    void ILog.Write(LogLevel level, string text) => _log.Add($"[{level}] {text}");

    [Fact]
    public void Without_a_key_there_is_no_keyring()
    {
        GossipKeys keys = GossipKeys.Load([], "", this);

        Assert.False(keys.Exist);
        Assert.Null(keys.ToKeyring());
        Assert.Empty(_log);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    public void A_configured_key_is_the_only_one_on_the_ring(int size)
    {
        GossipKeys keys = GossipKeys.Load(new byte[size], "", this);

        Assert.True(keys.Exist);
        Keyring ring = keys.ToKeyring()!;
        Assert.Equal(1, ring.Count);
        Assert.Equal(size, ring.KeyAt(0).Length);
        Assert.Empty(_log);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(33)]
    public void The_size_of_a_configured_key_is_checked_when_the_ring_is_made(int size)
    {
        GossipKeys keys = GossipKeys.Load(new byte[size], "", this);

        Assert.True(keys.Exist);
        Assert.Equal(
            "Failed to create memberlist: key size must be 16, 24 or 32 bytes",
            Assert.Throws<SerfException>(keys.ToKeyring).Message);
    }

    [Theory]
    [InlineData("[\"{1}\",\"{2}\"]", 2, 2)]
    [InlineData(" [ \"{1}\" , \"{2}\" ]\n", 2, 2)]
    [InlineData("[\"{1}\",\"{2}\",\"{1}\",\"{1}\"]", 4, 2)]
    [InlineData("[\"{1}\"]", 1, 1)]
    // Escapes, and the line end that a text of many lines may hold.
    [InlineData("[\"AAECAwQFBgcICQoLDA0ODw\\u003d\\u003D\"]", 1, 1)]
    [InlineData("[\"\\n{1}\\r\\n\"]", 1, 1)]
    public void A_keyring_file_gives_its_keys_in_order_and_each_once(string json, int entries, int distinct)
    {
        string path = Write(Encoding.UTF8.GetBytes(WithKeys(json)));

        GossipKeys keys = GossipKeys.Load([], path, this);

        Assert.True(keys.Exist);
        Keyring ring = keys.ToKeyring()!;
        string[] expected = [First, Second];
        Assert.Equal(
            expected[..distinct],
            Enumerable.Range(0, ring.Count).Select(index => Convert.ToBase64String(ring.KeyAt(index))));
        Assert.Equal([$"[Info] agent: Restored keyring with {entries} keys from {path}"], _log);
    }

    [Fact]
    public void A_key_and_a_keyring_file_exclude_each_other()
    {
        Assert.Equal(
            "Encryption key not allowed while using a keyring", RefusalOf(new byte[1], "/no/such/file"));
    }

    // Every text was printed by the original.
    [Theory]
    [InlineData("null", "Keyring file contains no keys")]
    [InlineData("[]", "Keyring file contains no keys")]
    [InlineData("[null]", "Failed to restore keyring: Empty primary key not allowed")]
    [InlineData("[\"\"]", "Failed to restore keyring: Empty primary key not allowed")]
    [InlineData("[\"\\n\"]", "Failed to restore keyring: Empty primary key not allowed")]
    [InlineData("[\"AA==\"]", "Failed to restore keyring: key size must be 16, 24 or 32 bytes")]
    [InlineData("[\"{1}\",\"AA==\"]", "Failed to restore keyring: key size must be 16, 24 or 32 bytes")]
    [InlineData("[\"{1}\",\"\"]", "Failed to restore keyring: key size must be 16, 24 or 32 bytes")]
    [InlineData("[\"{1}\",null]", "Failed to restore keyring: key size must be 16, 24 or 32 bytes")]
    [InlineData("[\"{1}\",\"x\"]", "Failed to decode key from keyring: illegal base64 data at input byte 0")]
    [InlineData("[\"\",\"A!\"]", "Failed to decode key from keyring: illegal base64 data at input byte 1")]
    [InlineData("[\"\\ud800\"]", "Failed to decode key from keyring: illegal base64 data at input byte 0")]
    [InlineData("[\"\u00E9\"]", "Failed to decode key from keyring: illegal base64 data at input byte 0")]
    public void Unusable_keys_are_named(string json, string expected)
    {
        Assert.Equal(expected, RefusalOf([], Write(Encoding.UTF8.GetBytes(WithKeys(json)))));
        Assert.Empty(_log);
    }

    // Every text was printed by the original.
    [Theory]
    [InlineData("", "unexpected end of JSON input")]
    [InlineData(" \n", "unexpected end of JSON input")]
    [InlineData("[", "unexpected end of JSON input")]
    [InlineData("[\"a\"", "unexpected end of JSON input")]
    [InlineData("[\"a\",", "unexpected end of JSON input")]
    [InlineData("[\"{1}", "unexpected end of JSON input")]
    [InlineData("\"abc", "unexpected end of JSON input")]
    [InlineData("{\"a\":", "unexpected end of JSON input")]
    [InlineData("nul", "invalid character ' ' in literal null (expecting 'l')")]
    [InlineData("tru", "invalid character ' ' in literal true (expecting 'e')")]
    [InlineData("-", "invalid character ' ' in numeric literal")]
    [InlineData("nulx", "invalid character 'x' in literal null (expecting 'l')")]
    [InlineData("x", "invalid character 'x' looking for beginning of value")]
    [InlineData("'a'", "invalid character '\\'' looking for beginning of value")]
    [InlineData("\uFEFF[]", "invalid character '\u00EF' looking for beginning of value")]
    [InlineData("[\"a\",]", "invalid character ']' looking for beginning of value")]
    [InlineData("[\"\\x\"]", "invalid character 'x' in string escape code")]
    [InlineData("[\"\n\"]", "invalid character '\\n' in string literal")]
    [InlineData("[\"a\"]x", "invalid character 'x' after top-level value")]
    [InlineData("[\"a\"] []", "invalid character '[' after top-level value")]
    [InlineData("[ ] ]", "invalid character ']' after top-level value")]
    [InlineData("[\"{1}\"]\0", "invalid character '\\x00' after top-level value")]
    [InlineData("12 3", "invalid character '3' after top-level value")]
    [InlineData("1x", "invalid character 'x' after top-level value")]
    [InlineData("{\"a\":1}x", "invalid character 'x' after top-level value")]
    [InlineData("{}", "json: cannot unmarshal object into Go value of type []string")]
    [InlineData("1", "json: cannot unmarshal number into Go value of type []string")]
    [InlineData("1e999", "json: cannot unmarshal number into Go value of type []string")]
    [InlineData("true", "json: cannot unmarshal bool into Go value of type []string")]
    [InlineData("\"a\"", "json: cannot unmarshal string into Go value of type []string")]
    [InlineData("[1]", "json: cannot unmarshal number into Go value of type string")]
    [InlineData("[1e999]", "json: cannot unmarshal number into Go value of type string")]
    [InlineData("[\"AA==\",1.5]", "json: cannot unmarshal number into Go value of type string")]
    [InlineData("[1,\"x\"]", "json: cannot unmarshal number into Go value of type string")]
    [InlineData("[false]", "json: cannot unmarshal bool into Go value of type string")]
    [InlineData("[[\"a\",[]]]", "json: cannot unmarshal array into Go value of type string")]
    [InlineData("[{\"a\":[1]}]", "json: cannot unmarshal object into Go value of type string")]
    public void A_file_that_is_no_list_of_texts_is_refused_in_the_words_of_the_original(
        string json, string expected)
    {
        Assert.Equal(
            "Failed to decode keyring file: " + expected,
            RefusalOf([], Write(Encoding.UTF8.GetBytes(WithKeys(json)))));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_like_other_wrong_characters()
    {
        Assert.Equal(
            "Failed to decode key from keyring: illegal base64 data at input byte 0",
            RefusalOf([], Write([.. "[\""u8, 0xFF, 0xFE, .. "\"]"u8])));
        Assert.Equal(
            "Failed to decode keyring file: invalid character '\u00FF' after top-level value",
            RefusalOf([], Write([.. "[\"a\"]"u8, 0xFF])));
    }

    [Fact]
    public void Deep_nesting_is_refused_and_not_followed()
    {
        byte[] json = Encoding.ASCII.GetBytes(new string('[', 100_000) + new string(']', 100_000));

        Assert.Equal("Failed to decode keyring file: exceeded max depth", RefusalOf([], Write(json)));
    }

    [Fact]
    public void A_file_that_cannot_be_found_is_told_why()
    {
        string file = Write([.. "[]"u8]);
        string loop = Path.Combine(_folder, "loop");
        File.CreateSymbolicLink(loop, loop);
        string dangling = Path.Combine(_folder, "dangling");
        File.CreateSymbolicLink(dangling, Path.Combine(_folder, "nowhere"));
        string longName = Path.Combine(_folder, new string('a', 300));

        Assert.Equal($"stat {_folder}/none: no such file or directory", RefusalOf([], $"{_folder}/none"));
        Assert.Equal($"stat {file}/x: not a directory", RefusalOf([], $"{file}/x"));
        Assert.Equal($"stat {loop}: too many levels of symbolic links", RefusalOf([], loop));
        Assert.Equal($"stat {dangling}: no such file or directory", RefusalOf([], dangling));
        Assert.Equal($"stat {longName}: file name too long", RefusalOf([], longName));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void A_file_that_cannot_be_read_is_told_why()
    {
        Assert.Equal($"Failed to read keyring file: read {_folder}: is a directory", RefusalOf([], _folder));
        string large = Write(new byte[Limits.ConfigFileSizeMax + 1]);
        Assert.Equal(
            $"Error reading '{large}': larger than {Limits.ConfigFileSizeMax} bytes", RefusalOf([], large));
        if (Environment.IsPrivilegedProcess)
        {
            // Nothing is closed to the superuser.
            return;
        }

        string closed = Write([.. "[]"u8]);
        File.SetUnixFileMode(closed, UnixFileMode.None);
        Assert.Equal($"Failed to read keyring file: open {closed}: permission denied", RefusalOf([], closed));
    }

    private static string WithKeys(string json) => json
        .Replace("{1}", First, StringComparison.Ordinal)
        .Replace("{2}", Second, StringComparison.Ordinal);

    private string RefusalOf(byte[] key, string path) =>
        Assert.Throws<SerfException>(() => GossipKeys.Load(key, path, this)).Message;

    private string Write(byte[] json)
    {
        string path = Path.Combine(_folder, $"keys-{_log.Count}-{json.Length}.json");
        File.WriteAllBytes(path, json);
        return path;
    }
}
