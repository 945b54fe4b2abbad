using System;
using System.Net.Sockets;
using System.Threading;

namespace Serf.Net;

/// <summary>
/// Accepts connections one at a time: the next one only after <see cref="Resume"/>, so whoever
/// handles them sets the pace and the rest waits in the kernel. Waiting after an error is the sink's
/// business: it resumes later.
/// </summary>
internal sealed class StreamListener : IThreadPoolWorkItem
{
    // As the original's: a dead client of a quiet connection is noticed within some minutes.
    private const int KeepAliveSeconds = 15;

    private readonly Socket _listener;
    private readonly IAcceptSink _sink;
    private readonly string _address;

    public StreamListener(Socket listener, IAcceptSink sink)
    {
        _listener = listener;
        _sink = sink;
        _address = listener.LocalEndPoint is UnixEndPoint file
            ? "unix " + file.Path
            : "tcp " + SocketText.Address(listener.LocalEndPoint);
    }

    /// <summary>Accepts one more. Any thread; does not block.</summary>
    public void Resume() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>Closes the listener. Nothing more is reported, but for a
    /// connection accepted just now.</summary>
    public void Stop() => _listener.Dispose();

    void IThreadPoolWorkItem.Execute() => AcceptOne();

    // No caller waits for it: what it does not catch must end the process, so it returns no task.
    private async void AcceptOne()
    {
        Socket accepted;
        try
        {
            accepted = await _listener.AcceptAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            return;
        }
        catch (SocketException exception)
        {
            if (exception.SocketErrorCode != SocketError.OperationAborted)
            {
                string reason = SocketText.Reason(exception.SocketErrorCode);
                _sink.AcceptFailed($"accept {_address}: accept: {reason}");
            }

            return;
        }

        Prepare(accepted);
        _sink.Accepted(accepted);
    }

    private static void Prepare(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.Unix)
        {
            return;
        }

        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(
                SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            socket.SetSocketOption(
                SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
        }
        catch (SocketException)
        {
            // The peer may have gone again already; the first read will tell.
        }
    }
}
