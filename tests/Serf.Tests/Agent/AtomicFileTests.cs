using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using Serf.Agent;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("serf-atomic-").FullName;

    private string Target => Path.Combine(_folder, "keys");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_no_file_stays_what_it_is_and_a_pipe_that_nobody_reads_is_not_waited_for()
    {
        Assert.Equal("", Output("mkfifo keys"));
        Assert.Equal($"open {Target}: no such device or address", AtomicFile.Write(Target, "x"u8));
        Assert.Equal("keys\n", Output("test -p keys && ls"));
    }

    [Fact]
    public void An_old_file_keeps_its_owner_as_far_as_that_is_permitted()
    {
        File.WriteAllText(Target, "old");
        string before = Environment.IsPrivilegedProcess
            ? Output("chown 12345:54321 keys; stat -c %u:%g keys")
            : Output("stat -c %u:%g keys");
        Assert.Null(AtomicFile.Write(Target, "new"u8));
        Assert.Equal(before + "new", Output("stat -c %u:%g keys; cat keys"));
    }

    [Fact]
    public void A_link_to_nothing_is_replaced_by_a_file()
    {
        File.CreateSymbolicLink(Target, Path.Combine(_folder, "nowhere"));
        Assert.Null(AtomicFile.Write(Target, "new"u8));
        Assert.Equal("keys\nnew", Output("ls; cat keys"));
    }

    [Fact]
    public void A_path_keeps_the_bytes_that_it_came_with()
    {
        byte[] name = [.. Encoding.UTF8.GetBytes(Target), 0xE4];
        Assert.Null(AtomicFile.Write(ByteText.FromBytes(name), "new"u8));
        Assert.Equal("new", Output("cat keys$(printf '\\344'); rm keys*"));
    }

    private string Output(string script)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", script])
        {
            WorkingDirectory = _folder, RedirectStandardOutput = true,
        })!;
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output;
    }
}
