using System;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// Listens on a file that only its owner may use. One that a dead process has left behind is replaced; one
/// that somebody listens on, and a file of any other kind, never is.
/// </summary>
internal sealed class UnixListener
{
    private const uint OwnerOnly = 0x180;
    private const int Backlog = 128;
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly FileFacts _facts;

    private UnixListener(Socket socket, string path)
    {
        Socket = socket;
        _path = path;
        _ = Libc.TryGetFacts(path, followsLinks: false, out _facts);
    }

    public Socket Socket { get; }

    /// <exception cref="SerfException">
    /// <c>listen unix /run/serf.sock: bind: address already in use</c>
    /// </exception>
    public static UnixListener Open(UnixEndPoint endPoint)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(endPoint.Path)) ?? "/";
        int held = Lock(folder);
        try
        {
            RemoveStale(endPoint);
            return new UnixListener(Bind(endPoint), endPoint.Path);
        }
        finally
        {
            if (held >= 0)
            {
                _ = Libc.CloseDescriptor(held);
            }
        }
    }

    /// <summary>Whether there can be such a file, as far as it shows without making it.</summary>
    /// <exception cref="SerfException">What <see cref="Open"/> would say.</exception>
    public static void Check(UnixEndPoint endPoint)
    {
        RefuseOthers(endPoint, out _);
        int error = Libc.FindWritable(Path.GetDirectoryName(Path.GetFullPath(endPoint.Path)) ?? "/");
        if (error != 0)
        {
            throw new SerfException(
                $"listen unix {endPoint.Path}: bind: {Spawn.ErrorText(error)}");
        }
    }

    /// <summary>Takes the file away, if it is still the one that was made here.</summary>
    public void RemoveFile()
    {
        bool isThere = Libc.TryGetFacts(_path, followsLinks: false, out FileFacts facts);
        if (isThere && facts.Inode == _facts.Inode && facts.Device == _facts.Device)
        {
            Libc.RemoveFile(_path);
        }
    }

    // Of two agents that find the same dead file, one must not remove what the other has just made. Who holds
    // the folder for longer than it takes is no agent, and is not waited for.
    private static int Lock(string folder)
    {
        int descriptor = Libc.OpenFile(folder, 0);
        if (descriptor < 0)
        {
            return descriptor;
        }

        long start = Stopwatch.GetTimestamp();
        while (Libc.TryLock(descriptor) == Libc.ErrorTryAgain
            && Stopwatch.GetElapsedTime(start) < LockTimeout)
        {
            Thread.Sleep(1);
        }

        return descriptor;
    }

    private static void RemoveStale(UnixEndPoint endPoint)
    {
        RefuseOthers(endPoint, out bool isThere);
        if (isThere && IsDead(endPoint))
        {
            Libc.RemoveFile(endPoint.Path);
        }
    }

    // What is there and is no socket belongs to somebody else.
    private static void RefuseOthers(UnixEndPoint endPoint, out bool isThere)
    {
        isThere = Libc.TryGetFacts(endPoint.Path, followsLinks: false, out FileFacts facts);
        if (isThere && !facts.IsSocket)
        {
            string text = SocketText.Listen("unix", endPoint.Path, SocketError.AddressAlreadyInUse);
            throw new SerfException(text + ": it is no socket");
        }
    }

    private static bool IsDead(UnixEndPoint endPoint)
    {
        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        // Somebody with too much to do is alive, and not waited for.
        probe.Blocking = false;
        try
        {
            probe.Connect(endPoint);
            return false;
        }
        catch (SocketException refusal)
        {
            return refusal.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    private static Socket Bind(UnixEndPoint endPoint)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // The file gets the mode of the socket, so there is no moment at which it is open to others.
            Libc.SetMode((int)socket.Handle, OwnerOnly);
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new SerfException(SocketText.Listen("unix", endPoint.Path, exception.SocketErrorCode));
        }
    }
}
