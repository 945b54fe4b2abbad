using System;
using System.Net.Sockets;
using System.Threading;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// One TCP connection, moved without blocking its owner: one buffer is read at a time, the next after
/// <see cref="Resume"/>; what is sent is queued and written in the background; closing writes the queue
/// first. The owner is one thread; <see cref="IStreamSink"/> hears of the rest.
/// </summary>
internal sealed class StreamDriver : IThreadPoolWorkItem
{
    private readonly object _gate = new();
    private readonly byte[] _input = GC.AllocateUninitializedArray<byte>(Limits.StreamReadSize);
    private readonly Socket _socket;
    private readonly IStreamSink _sink;
    private readonly StreamTotal? _total;
    private readonly bool _dials;

    // Guarded by the gate.
    private ByteBuffer _queued = new();
    private ByteBuffer _written = new();
    private int _queuedRecordCount;
    private int _writtenRecordCount;
    private bool _connected;
    private bool _reading;
    private bool _writing;
    private bool _closing;
    private bool _ending;
    private bool _shuttingDown;
    private bool _closed;
    private volatile string? _fault;
    private int _faultTold;

    private StreamDriver(
        Socket socket, in NodeAddress remote, IStreamSink sink, bool dials, StreamTotal? total = null)
    {
        _socket = socket;
        _sink = sink;
        _total = total;
        _dials = dials;
        _connected = !dials;
        Remote = remote;
    }

    public NodeAddress Remote { get; }

    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _closed;
            }
        }
    }

    /// <summary>Bytes queued and not yet taken by the kernel, those of the write in flight
    /// included.</summary>
    public long PendingSize
    {
        get
        {
            lock (_gate)
            {
                return (long)_queued.Length + _written.Length;
            }
        }
    }

    /// <summary>Sends that were called records and are not yet written.</summary>
    public int PendingRecordCount
    {
        get
        {
            lock (_gate)
            {
                return _queuedRecordCount + _writtenRecordCount;
            }
        }
    }

    /// <summary>Takes over an accepted socket. Reading starts with <see cref="Resume"/>.</summary>
    /// <param name="total">What this connection holds is counted there too.</param>
    public static StreamDriver Adopt(Socket socket, IStreamSink sink, StreamTotal? total = null) =>
        new(socket, SocketText.Address(socket.RemoteEndPoint), sink, dials: false, total);

    /// <summary>Begins to dial; any outcome is told to the sink. Time limits are the owner's: it
    /// closes.</summary>
    /// <exception cref="SocketException">The system has no socket left.</exception>
    public static StreamDriver Dial(in NodeAddress target, IStreamSink sink)
    {
        AddressFamily family = target.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        Socket socket = new(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        StreamDriver driver = new(socket, target, sink, dials: true);
        ThreadPool.UnsafeQueueUserWorkItem(driver, preferLocal: false);
        return driver;
    }

    /// <summary>Reads one more buffer. The bytes of the one before are gone then.</summary>
    public void Resume()
    {
        Invariant.Holds(_connected);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Copies and queues.</summary>
    /// <returns>False when too much is queued already: nothing was added, and the owner should give up on
    /// the peer.</returns>
    public bool Send(ReadOnlySpan<byte> bytes, bool record = false)
    {
        bool isAdded;
        bool begins;
        lock (_gate)
        {
            isAdded = HasRoom(bytes.Length, out bool isWanted);
            if (isWanted)
            {
                _queued.Write(bytes);
                _total?.Add(bytes.Length);
                _queuedRecordCount += record ? 1 : 0;
            }

            begins = isWanted && BeginWriting();
        }

        if (begins)
        {
            WriteQueued();
        }

        return isAdded;
    }

    /// <summary>Queues and takes the memory over where it can: what is large is not copied.</summary>
    /// <returns>As the other one. What was not taken stays in <paramref name="bytes"/>.</returns>
    public bool Send(ByteBuffer bytes)
    {
        bool isAdded;
        bool begins;
        lock (_gate)
        {
            isAdded = HasRoom(bytes.Length, out bool isWanted);
            if (isWanted)
            {
                _total?.Add(bytes.Length);
                bytes.MoveTo(_queued);
            }

            begins = isWanted && BeginWriting();
        }

        if (begins)
        {
            WriteQueued();
        }

        return isAdded;
    }

    /// <summary>
    /// Writes what is queued, says that no more comes, and closes once the peer has done the same. How long
    /// it
    /// may take is the owner's matter: <see cref="Abort"/>. A connection still being dialled is given up.
    /// </summary>
    public void Close()
    {
        bool now;
        lock (_gate)
        {
            _closing = true;
            now = !_writing;
        }

        if (now)
        {
            EndSending();
        }
    }

    /// <summary>Closes at once.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _closing = true;
        }

        CloseSocket();
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_fault is not null)
        {
            ReportFault();
        }
        else if (_connected)
        {
            ReadOne();
        }
        else
        {
            Connect();
        }
    }

    // These three have no caller that waits: what they do not catch must end the
    // process, so they return no task.
    private async void Connect()
    {
        Invariant.Holds(_dials);
        try
        {
            await _socket.ConnectAsync(SocketText.EndPoint(Remote)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            Fail(SocketText.Dial(Remote, ErrorOf(exception)));
            return;
        }

        bool write;
        lock (_gate)
        {
            if (_closing)
            {
                return;
            }

            _connected = true;
            write = _queued.Length > 0;
            _writing = write;
        }

        if (write)
        {
            WriteQueued();
        }

        _sink.Connected();
    }

    private async void ReadOne()
    {
        lock (_gate)
        {
            if (_closing || _closed)
            {
                return;
            }

            _reading = true;
        }

        int size;
        try
        {
            size = await _socket.ReceiveAsync(_input.AsMemory(), SocketFlags.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            Fail(Describe("read", exception));
            return;
        }

        if (!EndReading())
        {
            return;
        }

        if (size == 0)
        {
            _sink.Ended();
        }
        else
        {
            _sink.Received(_input, size);
        }
    }

    /// <returns>False when the owner no longer wants to hear what was read.</returns>
    private bool EndReading()
    {
        bool drain;
        bool wanted;
        lock (_gate)
        {
            drain = _ending;
            _reading = drain;
            wanted = !_closing && !_closed;
        }

        if (drain)
        {
            Drain();
        }

        return wanted;
    }

    // A socket closed with bytes unread resets the connection, and the peer may lose what was sent to it
    // last.
    private async void Drain()
    {
        try
        {
            while (await _socket.ReceiveAsync(_input.AsMemory(), SocketFlags.None).ConfigureAwait(false) > 0)
            {
                // Nobody wants it any more.
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Gone before its time; there is nothing left to be said to it.
        }

        CloseSocket();
    }

    private async void WriteQueued()
    {
        while (TakeQueued(out ReadOnlyMemory<byte> bytes))
        {
            try
            {
                while (!bytes.IsEmpty)
                {
                    int size = await _socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false);
                    bytes = bytes[size..];
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                StopWriting();
                Fail(Describe("write", exception));
                return;
            }
        }
    }

    // The buffer written last becomes the queue, and the queue becomes what is written.
    private bool TakeQueued(out ReadOnlyMemory<byte> bytes)
    {
        bool close;
        lock (_gate)
        {
            _total?.Add(-_written.Length);
            _written.Dispose();
            (_queued, _written) = (_written, _queued);
            _writtenRecordCount = _queuedRecordCount;
            _queuedRecordCount = 0;
            bytes = _written.WrittenMemory;
            _writing = !bytes.IsEmpty && !_closed;
            close = !_writing && _closing;
            if (_writing)
            {
                return true;
            }

            if (_closed)
            {
                ReleaseQueues();
            }
        }

        if (close)
        {
            EndSending();
        }
        else
        {
            _sink.Drained();
        }

        return false;
    }

    private void StopWriting()
    {
        lock (_gate)
        {
            _writing = false;
            ReleaseQueues();
        }
    }

    // Failures are told from the pool: the owner may be the one who called, and it must not wait for itself.
    private void Fail(string reason)
    {
        bool tell;
        lock (_gate)
        {
            tell = !_closing && !_closed && _fault is null;
            if (tell)
            {
                _fault = reason;
            }
        }

        CloseSocket();
        if (tell)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void ReportFault()
    {
        if (Interlocked.Exchange(ref _faultTold, 1) == 0)
        {
            _sink.Failed(_fault!);
        }
    }

    private static SocketError ErrorOf(Exception exception) =>
        exception is SocketException socket ? socket.SocketErrorCode : SocketError.OperationAborted;

    private string Describe(string operation, Exception exception)
    {
        SocketError error = ErrorOf(exception);
        NodeAddress local = default;
        try
        {
            local = SocketText.Address(_socket.LocalEndPoint);
        }
        catch (Exception inner) when (inner is SocketException or ObjectDisposedException)
        {
            // Closed by its owner, who will not hear of it.
        }

        return SocketText.Stream(operation, local, Remote, error);
    }

    // All is written. The peer is told so, and heard to its own end.
    private void EndSending()
    {
        bool ends;
        bool drain;
        lock (_gate)
        {
            if (_ending || _closed)
            {
                return;
            }

            ends = _connected && _fault is null;
            _ending = ends;
            _shuttingDown = ends;
            drain = ends && !_reading;
            _reading |= drain;
        }

        if (!ends)
        {
            CloseSocket();
            return;
        }

        bool told = TryShutDown();
        bool dispose;
        lock (_gate)
        {
            _shuttingDown = false;
            dispose = _closed;
        }

        if (dispose)
        {
            DisposeSocket();
        }
        else if (!told)
        {
            CloseSocket();
        }
        else if (drain)
        {
            Drain();
        }
    }

    private void CloseSocket()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            if (!_writing)
            {
                ReleaseQueues();
            }

            // A socket disposed of in the middle of a call is reset by the runtime, so that call goes first.
            if (_shuttingDown)
            {
                return;
            }
        }

        DisposeSocket();
    }

    private void DisposeSocket()
    {
        _socket.Dispose();
        _sink.Closed();
    }

    private bool TryShutDown()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    // Inside the gate. What comes too late is dropped without a word.
    private bool HasRoom(int size, out bool isWanted)
    {
        bool isOpen = !_closing && !_closed && _fault is null;
        bool hasRoom = _queued.Length + (long)_written.Length + size <= Limits.StreamPendingSizeMax;
        isWanted = isOpen && hasRoom;
        return !isOpen || hasRoom;
    }

    // Inside the gate.
    private bool BeginWriting()
    {
        bool begins = _connected && !_writing;
        _writing |= begins;
        return begins;
    }

    private void ReleaseQueues()
    {
        _total?.Add(-((long)_queued.Length + _written.Length));
        _queued.Dispose();
        _written.Dispose();
        _queuedRecordCount = 0;
        _writtenRecordCount = 0;
    }
}
