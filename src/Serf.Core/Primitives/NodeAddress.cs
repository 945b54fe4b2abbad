using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;

namespace Serf.Primitives;

/// <summary>
/// An IP address and a port as one value. The four-byte and the mapped sixteen-byte form of an IPv4
/// address are equal, yet the form that was received is kept, because older peers compare addresses
/// byte by byte (spec gossip 4.9).
/// </summary>
public readonly struct NodeAddress : IEquatable<NodeAddress>
{
    /// <summary>What <see cref="WriteIpText"/> writes at the most.</summary>
    public const int IpTextSizeMax = 39;

    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;
    private const int GroupCount = 8;

    // Always the sixteen-byte form; _size remembers the one that was given.
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly byte _size;

    private NodeAddress(ulong high, ulong low, byte size, ushort port)
    {
        _high = high;
        _low = low;
        _size = size;
        Port = port;
    }

    public ushort Port { get; }

    /// <summary>No address at all; the default value.</summary>
    public bool IsNone => _size == 0;

    /// <summary>IPv4, in either form.</summary>
    public bool IsIPv4 => _size != 0 && _high == 0 && (_low & 0xFFFF_FFFF_0000_0000) == MappedPrefix;

    /// <summary>Bytes of the form that was given: 4, 16, or 0 for none.</summary>
    public int IpSize => _size;

    /// <summary>0.0.0.0 or ::.</summary>
    public bool IsUnspecified => _high == 0 && (_low == 0 || (IsIPv4 && (uint)_low == 0));

    public static bool operator ==(NodeAddress left, NodeAddress right) => left.Equals(right);

    public static bool operator !=(NodeAddress left, NodeAddress right) => !left.Equals(right);

    /// <summary>False unless <paramref name="ip"/> has 4 or 16 bytes.</summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> ip, ushort port, out NodeAddress address)
    {
        address = default;
        if (ip.Length == 4)
        {
            address = FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(ip), port);
            return true;
        }

        if (ip.Length == 16)
        {
            ulong high = BinaryPrimitives.ReadUInt64BigEndian(ip);
            address = new(high, BinaryPrimitives.ReadUInt64BigEndian(ip[8..]), 16, port);
            return true;
        }

        return false;
    }

    /// <summary>From an IPv4 address in host order: 0x7F000001 is 127.0.0.1.</summary>
    public static NodeAddress FromIPv4(uint ip, ushort port) => new(0, MappedPrefix | ip, 4, port);

    public static NodeAddress FromIp(IPAddress ip, ushort port)
    {
        Span<byte> bytes = stackalloc byte[16];
        Invariant.Holds(ip.TryWriteBytes(bytes, out int size));
        Invariant.Holds(TryFromBytes(bytes[..size], port, out NodeAddress address));
        return address;
    }

    /// <summary>
    /// An IP literal, IPv6 without brackets. A mapped literal such as ::ffff:10.0.0.1 keeps sixteen bytes.
    /// </summary>
    public static bool TryParseIp(ReadOnlySpan<char> text, ushort port, out NodeAddress address)
    {
        address = default;
        IPAddress? ip;
        bool parsed = text.Contains(':')
            ? IPAddress.TryParse(text, out ip) && !text.ContainsAny('%', '[')
            : TryParseIPv4(text, out ip);
        if (parsed)
        {
            address = FromIp(ip!, port);
        }

        return parsed;
    }

    public NodeAddress WithPort(ushort port) => new(_high, _low, _size, port);

    /// <summary>The same address in its shortest form: four bytes for IPv4.</summary>
    public NodeAddress Canonical() => IsIPv4 ? new(_high, _low, 4, Port) : this;

    /// <summary>The same IPv4 address in the mapped sixteen-byte form.</summary>
    public NodeAddress Mapped() => _size == 4 ? new(_high, _low, 16, Port) : this;

    /// <summary>Writes the IP in the form that was given.</summary>
    /// <returns>Bytes written: 4, 16 or 0.</returns>
    public int WriteIp(Span<byte> destination)
    {
        if (_size == 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
        }
        else if (_size == 16)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
            BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        }

        return _size;
    }

    /// <summary>Equal IP whatever the port and the form.</summary>
    public bool HasSameIp(in NodeAddress other) =>
        _high == other._high && _low == other._low && (_size == 0) == (other._size == 0);

    /// <summary>The first bits of the sixteen-byte forms are equal, and so is the family.</summary>
    /// <param name="other">The address of a network.</param>
    /// <param name="bitCount">0 to 128, counted in the sixteen-byte form.</param>
    public bool HasSamePrefix(in NodeAddress other, int bitCount)
    {
        UInt128 own = new(_high, _low);
        UInt128 its = new(other._high, other._low);
        return IsIPv4 == other.IsIPv4 && (bitCount == 0 || (own ^ its) >> (128 - bitCount) == 0);
    }

    public bool Equals(NodeAddress other) => HasSameIp(other) && Port == other.Port;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is NodeAddress other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_high, _low, Port);

    /// <summary>The IP alone, as every peer prints it: IPv4 dotted in either form; empty for none.</summary>
    public string IpText()
    {
        Span<byte> text = stackalloc byte[IpTextSizeMax];
        return Encoding.ASCII.GetString(text[..WriteIpText(text)]);
    }

    /// <summary>Writes the same as bytes.</summary>
    /// <param name="destination">At least <see cref="IpTextSizeMax"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public int WriteIpText(Span<byte> destination)
    {
        if (_size == 0)
        {
            return 0;
        }

        return IsIPv4 ? WriteIPv4Text(destination) : WriteIPv6Text(destination);
    }

    /// <summary><c>a.b.c.d:port</c>, <c>[ipv6]:port</c>, or <c>:port</c> for none.</summary>
    public override string ToString() => IsNone || IsIPv4
        ? string.Create(CultureInfo.InvariantCulture, $"{IpText()}:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"[{IpText()}]:{Port}");

    private int WriteIPv4Text(Span<byte> destination)
    {
        int written = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            byte part = (byte)(_low >> shift);
            Invariant.Holds(part.TryFormat(
                destination[written..], out int size, default, CultureInfo.InvariantCulture));
            written += size;
            if (shift > 0)
            {
                destination[written++] = (byte)'.';
            }
        }

        return written;
    }

    // RFC 5952, without its dotted forms: the longest run of zeros, two groups at least, becomes "::".
    private int WriteIPv6Text(Span<byte> destination)
    {
        FindZeros(out int zerosStart, out int zerosEnd);
        int written = 0;
        for (int group = 0; group < GroupCount; group++)
        {
            if (group == zerosStart)
            {
                destination[written++] = (byte)':';
                destination[written++] = (byte)':';
                group = zerosEnd - 1;
                continue;
            }

            if (group > 0 && group != zerosEnd)
            {
                destination[written++] = (byte)':';
            }

            Invariant.Holds(Group(group).TryFormat(
                destination[written..], out int size, "x", CultureInfo.InvariantCulture));
            written += size;
        }

        return written;
    }

    private void FindZeros(out int start, out int end)
    {
        start = -1;
        end = -1;
        for (int group = 0; group < GroupCount; group++)
        {
            int next = group;
            while (next < GroupCount && Group(next) == 0)
            {
                next++;
            }

            if (next - group >= 2 && next - group > end - start)
            {
                (start, end) = (group, next);
            }

            group = Math.Max(group, next - 1);
        }
    }

    private ushort Group(int index) => (ushort)((index < 4 ? _high : _low) >> (48 - (16 * (index & 3))));

    // Four decimal parts only. The runtime's parser also takes 1, 0x7f.1 and 010.0.0.1, which no peer does.
    private static bool TryParseIPv4(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? ip)
    {
        ip = null;
        Span<byte> bytes = stackalloc byte[4];
        for (int part = 0; part < bytes.Length; part++)
        {
            int end = part == 3 ? text.Length : text.IndexOf('.');
            if (end < 0)
            {
                return false;
            }

            ReadOnlySpan<char> digits = text[..end];
            bool plain = digits.Length is >= 1 and <= 3 && (digits.Length == 1 || digits[0] != '0');
            if (!plain
                || !byte.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[part]))
            {
                return false;
            }

            text = text[Math.Min(end + 1, text.Length)..];
        }

        ip = new IPAddress(bytes);
        return true;
    }
}
