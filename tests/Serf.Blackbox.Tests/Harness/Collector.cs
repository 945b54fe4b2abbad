using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Serf.Blackbox.Harness;

/// <summary>A server that keeps what comes, in pieces as they were sent: datagrams, or the reads of streams.</summary>
public sealed class Collector : IDisposable
{
    private readonly object _gate = new();
    private readonly Socket _socket;
    private readonly List<string> _pieces = [];

    /// <param name="socket">Bound; owned from now on. Streams are accepted one after another.</param>
    public Collector(Socket socket)
    {
        _socket = socket;
        if (socket.SocketType == SocketType.Stream)
        {
            socket.Listen();
        }

        new Thread(Run) { IsBackground = true }.Start();
    }

    public IReadOnlyList<string> Pieces
    {
        get
        {
            lock (_gate)
            {
                return _pieces.ToArray();
            }
        }
    }

    public string Text => string.Concat(Pieces);

    public void Dispose() => _socket.Dispose();

    private void Run()
    {
        try
        {
            while (_socket.SocketType == SocketType.Stream)
            {
                using Socket accepted = _socket.Accept();
                Receive(accepted);
            }

            Receive(_socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private void Receive(Socket socket)
    {
        byte[] buffer = new byte[64 * 1024];
        int size;
        while ((size = socket.Receive(buffer)) > 0)
        {
            lock (_gate)
            {
                _pieces.Add(Encoding.UTF8.GetString(buffer, 0, size));
            }
        }
    }
}
