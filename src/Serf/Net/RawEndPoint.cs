using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// An end point that is its raw socket address. With <see cref="IPEndPoint"/> the socket layer builds a new
/// object whenever the sender changes; with this one a receive and a send allocate nothing.
/// </summary>
internal sealed class RawEndPoint : EndPoint
{
    // struct sockaddr_in and sockaddr_in6: family, port, then the address; the latter has flow bits between,
    // and the scope at its end.
    private const int PortOffset = 2;
    private const int IPv4Offset = 4;
    private const int IPv6Offset = 8;
    private const int ScopeOffset = 24;

    public RawEndPoint(AddressFamily family) => Address = new SocketAddress(family);

    public SocketAddress Address { get; }

    public override AddressFamily AddressFamily => Address.Family;

    /// <summary>The address, IPv4 in its four-byte form whatever the socket.</summary>
    public NodeAddress Read()
    {
        ReadOnlySpan<byte> raw = Address.Buffer.Span;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(raw[PortOffset..]);
        ReadOnlySpan<byte> ip = Address.Family == AddressFamily.InterNetwork
            ? raw.Slice(IPv4Offset, 4)
            : raw.Slice(IPv6Offset, 16);
        return NodeAddress.TryFromBytes(ip, port, out NodeAddress address) ? address.Canonical() : default;
    }

    /// <summary>The interface that a link-local IPv6 address belongs to, as the kernel counts them; 0 for
    /// none.</summary>
    public uint ReadScope() => Address.Family == AddressFamily.InterNetwork
        ? 0
        : BinaryPrimitives.ReadUInt32LittleEndian(Address.Buffer.Span[ScopeOffset..]);

    /// <param name="scope">As <see cref="ReadScope"/> tells it.</param>
    /// <returns>False when the family cannot express the address.</returns>
    public bool TryWrite(in NodeAddress address, uint scope = 0)
    {
        if (address.IsNone || (Address.Family == AddressFamily.InterNetwork && !address.IsIPv4))
        {
            return false;
        }

        Span<byte> raw = Address.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(raw[PortOffset..], address.Port);
        if (Address.Family == AddressFamily.InterNetwork)
        {
            address.Canonical().WriteIp(raw[IPv4Offset..]);
        }
        else
        {
            address.Mapped().WriteIp(raw[IPv6Offset..]);
            BinaryPrimitives.WriteUInt32LittleEndian(raw[ScopeOffset..], scope);
        }

        return true;
    }

    public override SocketAddress Serialize() => Address;

    public override EndPoint Create(SocketAddress socketAddress)
    {
        socketAddress.Buffer.Span[..socketAddress.Size].CopyTo(Address.Buffer.Span);
        Address.Size = socketAddress.Size;
        return this;
    }
}
