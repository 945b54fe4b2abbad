using System;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Serf.Tests.Net;

/// <summary>
/// A name server over TCP on a loopback address of its own, with the file that names it. What it answers is the
/// test's business.
/// </summary>
internal sealed class TestNameServer : IDisposable
{
    private static int _addressCount;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<TestQuestion, TestReply> _answer;
    private readonly ConcurrentBag<Socket> _connections = [];
    private int _connectionCount;

    public TestNameServer(Func<TestQuestion, TestReply> answer)
    {
        _answer = answer;
        int number = Interlocked.Increment(ref _addressCount);
        _listener.Bind(new IPEndPoint(IPAddress.Parse($"127.0.{53 + (number / 250)}.{1 + (number % 250)}"), 0));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Path = System.IO.Path.GetTempFileName();
        File.WriteAllText(Path, $"# test\nsearch example\nnameserver {EndPoint}\nnameserver 127.0.0.254\n");
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Of the resolver file.</summary>
    public string Path { get; }

    public ConcurrentQueue<TestQuestion> Questions { get; } = [];

    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Socket connection in _connections)
        {
            connection.Dispose();
        }

        File.Delete(Path);
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket connection = _listener.Accept();
                Interlocked.Increment(ref _connectionCount);
                _connections.Add(connection);
                new Thread(() => Serve(connection)) { IsBackground = true }.Start();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Serve(Socket connection)
    {
        try
        {
            using NetworkStream stream = new(connection);
            byte[] length = new byte[2];
            while (stream.ReadAtLeast(length, 2, throwOnEndOfStream: false) == 2)
            {
                byte[] query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                stream.ReadExactly(query);
                TestQuestion question = DnsBytes.Parse(query);
                Questions.Enqueue(question);
                TestReply reply = _answer(question);
                foreach (byte[] piece in reply.Pieces)
                {
                    stream.Write(piece);
                    stream.Flush();
                }

                if (reply.Closes)
                {
                    connection.Shutdown(SocketShutdown.Send);
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The client is gone, or the test is over.
        }
    }
}

/// <summary>What goes back for one question.</summary>
/// <param name="Pieces">Written one after the other, as they are.</param>
internal sealed record TestReply(byte[][] Pieces, bool Closes = false)
{
    public static readonly TestReply Nothing = new([]);

    public static readonly TestReply Close = new([], Closes: true);

    /// <summary>With the length in front.</summary>
    public static TestReply Of(byte[] message, bool closes = false) => new([Framed(message)], closes);

    /// <summary>In pieces of one byte.</summary>
    public static TestReply Slowly(byte[] message) =>
        new([.. Array.ConvertAll(Framed(message), value => new[] { value })]);

    public static byte[] Framed(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];
}
