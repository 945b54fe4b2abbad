using System;
using System.Net.Sockets;
using System.Threading;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// Keeps several receives in flight on one UDP socket. Ends when the socket is disposed; no error of a
/// peer's making ends it. Cheap only with inline completions, which the program asks for before the first
/// socket exists.
/// </summary>
internal sealed class UdpReceiver
{
    // Errors that peers cause come one at a time; this many in a row are the system's trouble.
    private const int ErrorRunMax = 16;

    private readonly Socket _socket;
    private readonly IPacketSink _sink;
    private readonly int _sizeMax;

    /// <param name="sizeMax">Of a datagram; what is longer is cut off or told as an error.</param>
    public UdpReceiver(Socket socket, IPacketSink sink, int sizeMax = Limits.PacketSizeMax)
    {
        _socket = socket;
        _sink = sink;
        _sizeMax = sizeMax;
    }

    public void Start()
    {
        for (int count = 0; count < Limits.UdpReceiveCount; count++)
        {
            new Reception(this).Start();
        }
    }

    private sealed class Reception : SocketAsyncEventArgs
    {
        private readonly UdpReceiver _owner;
        private readonly RawEndPoint _source;
        private int _errorRun;

        public Reception(UdpReceiver owner)
            : base(/* No execution context to flow: */ true)
        {
            _owner = owner;
            _source = new RawEndPoint(owner._socket.AddressFamily);
            RemoteEndPoint = _source;
            SetBuffer(new byte[owner._sizeMax], 0, owner._sizeMax);
        }

        public void Start()
        {
            if (CompletedAtOnce())
            {
                Pump();
            }
        }

        protected override void OnCompleted(SocketAsyncEventArgs e) => Pump();

        // Loops instead of recursing: under load most receives complete at once, and a callback per
        // packet would grow the stack.
        private void Pump()
        {
            do
            {
                if (SocketError is SocketError.OperationAborted or SocketError.Interrupted)
                {
                    Dispose();
                    return;
                }

                if (SocketError != SocketError.Success)
                {
                    TellError();
                }
                else
                {
                    _errorRun = 0;
                    _owner._sink.Accept(
                        _source.Read(), _source.ReadScope(), Buffer.AsSpan(0, BytesTransferred));
                }
            }
            while (CompletedAtOnce());
        }

        private bool CompletedAtOnce()
        {
            try
            {
                return !_owner._socket.ReceiveFromAsync(this);
            }
            catch (ObjectDisposedException)
            {
                Dispose();
                return false;
            }
        }

        private void TellError()
        {
            _owner._sink.ReceiveFailed(SocketError);
            _errorRun++;
            if (_errorRun >= ErrorRunMax)
            {
                // The kernel is out of memory or worse: retrying at full speed would take a whole core.
                Thread.Sleep(1);
                _errorRun = 0;
            }
        }
    }
}
