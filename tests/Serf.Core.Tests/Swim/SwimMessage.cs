using System;
using System.Text;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Core.Tests.Swim;

/// <summary>Single messages as a peer would send them.</summary>
internal static class SwimMessage
{
    public static byte[] Alive(
        string name, NodeAddress address, uint incarnation = 1, byte[]? meta = null, byte[]? versions = null)
    {
        byte[] ip = new byte[16];
        int ipSize = address.WriteIp(ip);
        Alive alive = new()
        {
            Incarnation = incarnation,
            Node = Encoding.UTF8.GetBytes(name),
            Address = ip.AsSpan(0, ipSize),
            Port = address.Port,
            Meta = meta,
            Versions = versions ?? [1, 5, 2, 2, 5, 5],
        };
        byte[] packet = new byte[SwimCodec.SizeOf(alive)];
        SwimCodec.Write(alive, packet);
        return packet;
    }

    public static byte[] Suspect(string name, uint incarnation, string from)
    {
        Suspect suspect = new()
        {
            Incarnation = incarnation, Node = Encoding.UTF8.GetBytes(name), From = Encoding.UTF8.GetBytes(from),
        };
        byte[] packet = new byte[SwimCodec.SizeOf(suspect)];
        SwimCodec.Write(suspect, packet);
        return packet;
    }

    public static byte[] Dead(string name, uint incarnation, string from)
    {
        Dead dead = new()
        {
            Incarnation = incarnation, Node = Encoding.UTF8.GetBytes(name), From = Encoding.UTF8.GetBytes(from),
        };
        byte[] packet = new byte[SwimCodec.SizeOf(dead)];
        SwimCodec.Write(dead, packet);
        return packet;
    }

    /// <summary>A ping for any node, answered to <paramref name="source"/>; none: to the packet's
    /// source.</summary>
    public static byte[] Ping(uint number, string? sourceName = null, NodeAddress source = default)
    {
        byte[] ip = new byte[16];
        int ipSize = source.WriteIp(ip);
        Ping ping = new()
        {
            SequenceNumber = number,
            SourceAddress = ip.AsSpan(0, ipSize),
            SourcePort = source.Port,
            SourceNode = sourceName is null ? null : Encoding.UTF8.GetBytes(sourceName),
        };
        byte[] packet = new byte[SwimCodec.SizeOf(ping)];
        SwimCodec.Write(ping, packet);
        return packet;
    }

    public static byte[] IndirectPing(
        uint number, string target, NodeAddress address, bool nack, string? sourceName = null,
        NodeAddress source = default)
    {
        byte[] ip = new byte[16];
        byte[] own = new byte[16];
        int ipSize = address.WriteIp(ip);
        int ownSize = source.WriteIp(own);
        IndirectPing request = new()
        {
            SequenceNumber = number,
            Target = ip.AsSpan(0, ipSize),
            Port = address.Port,
            Node = Encoding.UTF8.GetBytes(target),
            Nack = nack,
            SourceAddress = own.AsSpan(0, ownSize),
            SourcePort = source.Port,
            SourceNode = sourceName is null ? null : Encoding.UTF8.GetBytes(sourceName),
        };
        byte[] packet = new byte[SwimCodec.SizeOf(request)];
        SwimCodec.Write(request, packet);
        return packet;
    }

    public static byte[] Ack(uint number)
    {
        Ack ack = new() { SequenceNumber = number };
        byte[] packet = new byte[SwimCodec.SizeOf(ack)];
        SwimCodec.Write(ack, packet);
        return packet;
    }

    public static byte[] Nack(uint number)
    {
        Nack nack = new() { SequenceNumber = number };
        byte[] packet = new byte[SwimCodec.SizeOf(nack)];
        SwimCodec.Write(nack, packet);
        return packet;
    }

    /// <summary>A whole push/pull message of records that are all alive.</summary>
    public static byte[] PushPull(bool join, params byte[][] aliveMessages)
    {
        byte[] bytes = new byte[64 + (aliveMessages.Length * 256)];
        bytes[0] = (byte)MessageType.PushPull;
        PushPullHeader header = new() { NodeCount = aliveMessages.Length, Join = join };
        int size = 1 + SwimCodec.Write(header, bytes.AsSpan(1));
        foreach (byte[] message in aliveMessages)
        {
            _ = SwimCodec.TryRead(message.AsSpan(1), out Alive alive);
            NodeRecord record = new()
            {
                Name = alive.Node,
                Address = alive.Address,
                Port = alive.Port,
                Meta = alive.Meta,
                Incarnation = alive.Incarnation,
                Versions = alive.Versions,
            };
            size += SwimCodec.Write(record, bytes.AsSpan(size));
        }

        return bytes[..size];
    }

    /// <summary>A compound of messages.</summary>
    public static byte[] Compound(params byte[][] parts)
    {
        PacketWriter writer = new(default, compress: false);
        foreach (byte[] part in parts)
        {
            writer.Add(part);
        }

        return writer.Finish(checksum: false).ToArray();
    }
}
