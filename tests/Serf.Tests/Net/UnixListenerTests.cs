using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading.Tasks;
using Serf.Net;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Net;

public sealed class UnixListenerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("serf-unix-").FullName;

    private string SocketPath => Path.Combine(_folder, "s");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Only_the_owner_may_use_the_file()
    {
        UnixListener listener = UnixListener.Open(EndPoint(SocketPath));
        using Socket socket = listener.Socket;

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
        using Socket client = Connect(SocketPath);
        Assert.True(client.Connected);
    }

    [Fact]
    public void The_file_goes_with_the_listener_and_only_if_it_is_still_its_own()
    {
        UnixListener listener = UnixListener.Open(EndPoint(SocketPath));
        using (listener.Socket)
        {
            listener.RemoveFile();
            Assert.False(File.Exists(SocketPath));
            UnixListener second = UnixListener.Open(EndPoint(SocketPath));
            using Socket other = second.Socket;
            listener.RemoveFile();
            listener.Socket.Dispose();
            Assert.True(File.Exists(SocketPath));
            using Socket client = Connect(SocketPath);
        }
    }

    [Fact]
    public void What_a_dead_process_left_behind_is_replaced()
    {
        UnixListener.Open(EndPoint(SocketPath)).Socket.Dispose();
        Assert.True(File.Exists(SocketPath));

        using Socket socket = UnixListener.Open(EndPoint(SocketPath)).Socket;

        using Socket client = Connect(SocketPath);
    }

    [Fact]
    public void A_socket_somebody_listens_on_is_left_alone()
    {
        using Socket first = UnixListener.Open(EndPoint(SocketPath)).Socket;

        SerfException refusal = Assert.Throws<SerfException>(() => UnixListener.Open(EndPoint(SocketPath)));

        Assert.Equal($"listen unix {SocketPath}: bind: address already in use", refusal.Message);
        using Socket client = Connect(SocketPath);
    }

    [Fact]
    public void A_listener_whose_queue_is_full_counts_as_alive()
    {
        using Socket busy = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        busy.Bind(EndPoint(SocketPath));
        busy.Listen(0);
        List<Socket> waiting = [];
        try
        {
            while (TryConnectAtOnce(SocketPath, out Socket client))
            {
                waiting.Add(client);
                Assert.InRange(waiting.Count, 0, 10_000);
            }

            Assert.Throws<SerfException>(() => UnixListener.Open(EndPoint(SocketPath)));
            Assert.True(File.Exists(SocketPath));
        }
        finally
        {
            waiting.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public void Of_two_that_find_a_dead_file_one_gets_it()
    {
        for (int round = 0; round < 50; round++)
        {
            UnixListener.Open(EndPoint(SocketPath)).Socket.Dispose();
            Socket?[] sockets = new Socket?[4];
            Parallel.For(0, sockets.Length, index => sockets[index] = TryOpen());

            Assert.Equal(1, sockets.Count(socket => socket is not null));
            using Socket client = Connect(SocketPath);
            Array.ForEach(sockets, socket => socket?.Dispose());
        }
    }

    [Theory]
    [InlineData("file")]
    [InlineData("folder")]
    [InlineData("link")]
    [InlineData("link to a dead socket")]
    public void A_file_of_another_kind_is_never_removed(string kind)
    {
        string other = Path.Combine(_folder, "other");
        switch (kind)
        {
            case "file":
                File.WriteAllText(SocketPath, "precious");
                break;
            case "folder":
                Directory.CreateDirectory(SocketPath);
                break;
            case "link":
                File.CreateSymbolicLink(SocketPath, other);
                break;
            default:
                UnixListener.Open(EndPoint(other)).Socket.Dispose();
                File.CreateSymbolicLink(SocketPath, other);
                break;
        }

        SerfException refusal = Assert.Throws<SerfException>(() => UnixListener.Open(EndPoint(SocketPath)));

        Assert.Equal($"listen unix {SocketPath}: bind: address already in use: it is no socket", refusal.Message);
        Assert.Contains(SocketPath, Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_path_that_cannot_be_is_told()
    {
        string missing = Path.Combine(_folder, "none", "s");
        string inFile = Path.Combine(SocketPath, "s");
        File.WriteAllText(SocketPath, "");
        string longest = _folder + "/" + new string('x', 107 - _folder.Length - 1);

        Assert.Equal(
            $"listen unix {missing}: bind: no such file or directory",
            Assert.Throws<SerfException>(() => UnixListener.Open(EndPoint(missing))).Message);
        Assert.StartsWith(
            $"listen unix {inFile}: bind: not a directory",
            Assert.Throws<SerfException>(() => UnixListener.Open(EndPoint(inFile))).Message,
            StringComparison.Ordinal);
        UnixListener.Open(EndPoint(longest)).Socket.Dispose();
        Assert.Equal(
            $"unix {longest}y: path too long: 108 bytes of at most 107",
            UnixEndPoint.TryParse($"unix://{longest}y", out _));
    }

    [Theory]
    [InlineData("unix://", "unix: missing path")]
    [InlineData("unix://@name", "unix @name: a socket without a file has no permissions either: name a file")]
    [InlineData("unix:///a\0b", "unix /a\0b: a socket without a file has no permissions either: name a file")]
    [InlineData("unix://relative/s", null)]
    public void Only_a_file_is_taken(string address, string? refusal)
    {
        Assert.True(UnixEndPoint.IsMeant(address));
        Assert.Equal(refusal, UnixEndPoint.TryParse(address, out _));
    }

    private static UnixEndPoint EndPoint(string path)
    {
        Assert.Null(UnixEndPoint.TryParse("unix://" + path, out UnixEndPoint endPoint));
        return endPoint;
    }

    private static Socket Connect(string path)
    {
        Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));
        return client;
    }

    private static bool TryConnectAtOnce(string path, out Socket client)
    {
        client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            client.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException refusal)
        {
            Assert.Equal(SocketError.WouldBlock, refusal.SocketErrorCode);
            client.Dispose();
            return false;
        }
    }

    private Socket? TryOpen()
    {
        try
        {
            return UnixListener.Open(EndPoint(SocketPath)).Socket;
        }
        catch (SerfException)
        {
            return null;
        }
    }
}
