using System;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Extensions.ObjectPool;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// Sends datagrams without waiting. A send normally completes at once; while the socket's buffer is
/// full a bounded number of sends waits, and what comes on top is dropped and counted, as the
/// network might have done.
/// </summary>
internal sealed class UdpSender
{
    private readonly Socket _socket;
    private readonly ObjectPool<Transmission> _idle;
    private int _pendingCount;
    private long _droppedCount;

    public UdpSender(Socket socket)
    {
        _socket = socket;
        _idle = new DefaultObjectPool<Transmission>(new Policy(this), Limits.UdpSendCountMax);
    }

    public long DroppedCount => Interlocked.Read(ref _droppedCount);

    /// <summary>Copies and sends. One thread at a time.</summary>
    /// <returns>False when the system refused the packet at once.</returns>
    public bool Send(in NodeAddress target, ReadOnlySpan<byte> packet) =>
        Send(target, 0, packet) == SocketError.Success;

    /// <summary>The same for an address that may be link-local.</summary>
    /// <param name="scope">The interface of such an address, as the kernel counts them; else 0.</param>
    /// <returns>Why the system refused the packet at once. No exception: where a network has one family this
    /// happens all the time.</returns>
    public SocketError Send(in NodeAddress target, uint scope, ReadOnlySpan<byte> packet)
    {
        if (Volatile.Read(ref _pendingCount) >= Limits.UdpSendCountMax)
        {
            Interlocked.Increment(ref _droppedCount);
            return SocketError.Success;
        }

        Transmission transmission = _idle.Get();
        Interlocked.Increment(ref _pendingCount);
        if (transmission.TryPrepare(target, scope, packet))
        {
            try
            {
                if (_socket.SendToAsync(transmission))
                {
                    return SocketError.Success;
                }
            }
            catch (ObjectDisposedException)
            {
                transmission.SocketError = SocketError.OperationAborted;
            }
        }

        SocketError error = transmission.SocketError;
        Release(transmission);
        return error;
    }

    private void Release(Transmission transmission)
    {
        Interlocked.Decrement(ref _pendingCount);
        _idle.Return(transmission);
    }

    private sealed class Transmission : SocketAsyncEventArgs
    {
        private readonly UdpSender _owner;
        private readonly RawEndPoint _target;

        public Transmission(UdpSender owner)
            : base(/* No execution context to flow: */ true)
        {
            _owner = owner;
            _target = new RawEndPoint(owner._socket.AddressFamily);
            RemoteEndPoint = _target;
            SetBuffer(new byte[Limits.PacketBufferSize], 0, 0);
        }

        public bool TryPrepare(in NodeAddress target, uint scope, ReadOnlySpan<byte> packet)
        {
            bool expressible = _target.TryWrite(target, scope);
            SocketError = expressible ? SocketError.Success : SocketError.AddressFamilyNotSupported;
            if (expressible)
            {
                byte[] buffer = Buffer!.Length >= packet.Length ? Buffer : new byte[packet.Length];
                packet.CopyTo(buffer);
                SetBuffer(buffer, 0, packet.Length);
            }

            return expressible;
        }

        protected override void OnCompleted(SocketAsyncEventArgs e) => _owner.Release(this);
    }

    private sealed class Policy(UdpSender owner) : PooledObjectPolicy<Transmission>
    {
        public override Transmission Create() => new(owner);

        public override bool Return(Transmission obj) => true;
    }
}
