using System;
using System.IO;
using System.Linq;
using Serf.Agent;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class KeyringFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("serf-keyring-").FullName;

    private string Target => Path.Combine(_folder, "keys.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_file_has_one_key_a_line_and_no_line_feed_at_the_end()
    {
        Assert.Equal("[]", KeyringFile.Text(new Keyring()));
        Assert.Equal(
            "[\n  \"AQEBAQEBAQEBAQEBAQEBAQ==\",\n  \"AgICAgICAgICAgICAgICAg==\"\n]", KeyringFile.Text(Ring(1, 2)));
    }

    [Fact]
    public void What_is_saved_is_loaded_again_and_nothing_else_is_left_behind()
    {
        File.WriteAllText(Target + ".new", "left by a crash");
        Assert.Null(new KeyringFile(Target).Save(Ring(1, 2)));
        Assert.Null(new KeyringFile(Target).Save(Ring(2, 3, 1)));
        Keyring ring = GossipKeys.Load([], Target, new SilentLog()).ToKeyring()!;
        Assert.Equal([2, 3, 1], Enumerable.Range(0, ring.Count).Select(index => (int)ring.KeyAt(index)[0]));
        Assert.Equal([Target], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_new_file_is_the_owners_alone_and_an_old_one_keeps_its_mode()
    {
        const UnixFileMode shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        new KeyringFile(Target).Save(Ring(1));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
        File.SetUnixFileMode(Target, shared);
        new KeyringFile(Target).Save(Ring(2));
        Assert.Equal(shared, File.GetUnixFileMode(Target));
    }

    [Fact]
    public void A_link_stays_a_link()
    {
        string real = Path.Combine(_folder, "real.json");
        File.WriteAllText(real, "[]");
        File.CreateSymbolicLink(Target, real);
        Assert.Null(new KeyringFile(Target).Save(Ring(1)));
        Assert.Equal(real, File.ResolveLinkTarget(Target, returnFinalTarget: true)!.FullName);
        Assert.Contains("AQEB", File.ReadAllText(real), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_gone_is_told()
    {
        string path = Path.Combine(_folder, "gone", "keys.json");
        Assert.Equal(
            $"Failed to write keyring file: open {path}: no such file or directory",
            new KeyringFile(path).Save(Ring(1)));
    }

    [Fact]
    public void Whoever_reads_while_it_is_written_finds_the_old_keys_whole()
    {
        new KeyringFile(Target).Save(Ring(1));
        using StreamReader reader = new(Target);
        Assert.Null(new KeyringFile(Target).Save(Ring(2)));
        Assert.Equal(KeyringFile.Text(Ring(1)), reader.ReadToEnd());
        Assert.Equal(KeyringFile.Text(Ring(2)), File.ReadAllText(Target));
    }

    [Fact]
    public void Where_no_second_file_can_be_the_file_itself_is_written()
    {
        new KeyringFile(Target).Save(Ring(1));
        Directory.CreateDirectory(Target + ".new");
        Assert.Null(new KeyringFile(Target).Save(Ring(2)));
        Assert.Equal(KeyringFile.Text(Ring(2)), File.ReadAllText(Target));
    }

    private static Keyring Ring(params byte[] seeds)
    {
        Keyring ring = new();
        foreach (byte seed in seeds)
        {
            byte[] key = new byte[16];
            key.AsSpan().Fill(seed);
            Assert.Equal(KeyringStatus.Ok, ring.Add(key));
        }

        return ring;
    }

    private sealed class SilentLog : ILog
    {
        public void Write(LogLevel level, string text)
        {
        }
    }
}
