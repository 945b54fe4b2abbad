using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Core.Tests.Swim;

/// <summary>
/// A few nodes that know each other and a network of buffers made beforehand, so that whatever is allocated
/// is the nodes' doing. Every packet needs one step of time. Some pairs cannot reach each other, so relays are
/// asked, and some of them in vain.
/// </summary>
internal sealed class SteadyWorld : IPacketSink
{
    public const int NodeCount = 8;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly Slot[] _slots = new Slot[4096];
    private readonly byte[] _message = new byte[600];
    private readonly SteadyLayers _layers;
    private readonly PacketReader _reader;
    private readonly PacketWriter _writer;
    private readonly Encryption? _spy;
    private MessageType _first;
    private bool _hasFirst;
    private int _head;
    private int _tail;
    private long _steps;

    /// <param name="layers">What packets are wrapped in.</param>
    /// <param name="serf">Null for gossip nodes alone.</param>
    public SteadyWorld(SteadyLayers layers, SerfOptions? serf = null)
    {
        _layers = layers;
        _spy = layers.NewEncryption(seed: 1);
        _reader = new PacketReader(layers.Label.Span, layers.NewEncryption(seed: 2));
        _writer = new PacketWriter(layers.Label.Span, compress: false, layers.NewEncryption(seed: 3));
        for (int index = 0; index < _slots.Length; index++)
        {
            _slots[index] = new Slot();
        }

        for (int number = 0; number < NodeCount; number++)
        {
            Hosts.Add(new SteadyHost(this, number, layers, serf));
        }

        foreach (SteadyHost host in Hosts)
        {
            host.Start(Now);
        }

        foreach (SteadyHost host in Hosts)
        {
            foreach (SteadyHost other in Hosts)
            {
                Inject(host, AliveOf(other, incarnation: 1));
            }
        }
    }

    public AllocationMeter Meter { get; } = new();

    public Instant Now { get; private set; } = new(1_000_000_000);

    public List<SteadyHost> Hosts { get; } = [];

    public int SealedCount { get; private set; }

    public int ChecksumCount { get; private set; }

    public int CompressedCount { get; private set; }

    public int CompoundCount { get; private set; }

    public int PacketCount { get; private set; }

    public void Run(TimeSpan time)
    {
        for (Instant end = Now + time; Now < end; Now += Step)
        {
            int tail = _tail;
            foreach (SteadyHost host in Hosts)
            {
                Meter.Resume();
                host.Advance(Now);
                Meter.Charge(Doing.Waiting, default, Meter.Pause());
            }

            while (_head != tail)
            {
                Deliver(_slots[_head]);
                _head = (_head + 1) % _slots.Length;
            }

            _steps++;
            Disturb();
        }
    }

    /// <summary>
    /// For some time, then once with news of every node and requests of every node at the same time, then again:
    /// lists, tables and pools have their size after that.
    /// </summary>
    public void WarmUp()
    {
        Run(TimeSpan.FromSeconds(60));
        foreach (SteadyHost host in Hosts)
        {
            foreach (SteadyHost other in Hosts)
            {
                if (!ReferenceEquals(host, other))
                {
                    Inject(host, AliveOf(other, other.Node.Self.Incarnation + 1));
                    Inject(host, RequestOf(other, host));
                }
            }

            Accuse(host, host.Node.Self.Name.Span);
        }

        Run(TimeSpan.FromSeconds(60));
        Meter.Reset();
        foreach (SteadyHost host in Hosts)
        {
            host.ForgetLog();
        }
    }

    /// <summary>Long enough for every kind of packet, in three windows of the meter.</summary>
    public void RunInWindows()
    {
        Run(TimeSpan.FromSeconds(40));
        for (int window = 1; window < 3; window++)
        {
            Meter.NextWindow();
            Run(TimeSpan.FromSeconds(40));
        }
    }

    public void Post(SteadyHost source, in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        Look(packet);
        SteadyHost? host = At(target);
        if (host is not null && !IsCut(source, host))
        {
            Put(source.Address, host, packet);
        }
    }

    /// <summary>The type of the first message in a packet.</summary>
    public MessageType TypeOf(ReadOnlySpan<byte> packet)
    {
        _hasFirst = false;
        _reader.Read(packet, this);
        return _hasFirst ? _first : throw new InvalidOperationException("a packet that holds nothing");
    }

    void IPacketSink.Accept(MessageType type, ReadOnlySpan<byte> body)
    {
        _first = _hasFirst ? _first : type;
        _hasFirst = true;
    }

    void IPacketSink.Refuse(PacketFault fault, int detail) =>
        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{fault} {detail}"));

    // Neighbours, in a ring: of three relays one at the most is not reached, and one reaches nobody.
    private static bool IsCut(SteadyHost left, SteadyHost right) =>
        Math.Abs(left.Number - right.Number) is 1 or NodeCount - 1;

    private SteadyHost? At(in NodeAddress address)
    {
        foreach (SteadyHost host in Hosts)
        {
            if (host.Address == address)
            {
                return host;
            }
        }

        return null;
    }

    private void Put(in NodeAddress source, SteadyHost target, ReadOnlySpan<byte> packet)
    {
        _slots[_tail].Set(source, target, packet);
        _tail = (_tail + 1) % _slots.Length;
    }

    private void Deliver(Slot slot)
    {
        MessageType type = TypeOf(slot.Packet);
        Meter.Resume();
        slot.Target!.Node.Receive(slot.Source, slot.Packet, Now);
        Meter.Charge(Doing.Receiving, type, Meter.Pause());
    }

    // Old news of every kind, and once in a while an accusation that must be refuted.
    private void Disturb()
    {
        SteadyHost target = Hosts[(int)(_steps % NodeCount)];
        SteadyHost other = Hosts[(int)(_steps / NodeCount % NodeCount)];
        ReadOnlySpan<byte> name = other.Node.Self.Name.Span;
        uint old = target.Node.Find(name)!.Incarnation - 1;
        ReadOnlySpan<byte> from = target.Node.Self.Name.Span;
        switch (_steps % 7)
        {
            case 0:
                Inject(target, AliveOf(other, old));
                break;
            case 1:
                Suspect suspect = new() { Incarnation = old, Node = name, From = from };
                Inject(target, _message.AsSpan(0, SwimCodec.Write(suspect, _message)));
                break;
            case 2:
                Dead dead = new() { Incarnation = old, Node = name, From = from };
                Inject(target, _message.AsSpan(0, SwimCodec.Write(dead, _message)));
                break;
            case 3 when _steps % 91 == 3:
                Accuse(other, from);
                break;
        }
    }

    private void Accuse(SteadyHost host, ReadOnlySpan<byte> from)
    {
        Suspect suspect = new()
        {
            Incarnation = host.Node.Self.Incarnation, Node = host.Node.Self.Name.Span, From = from,
        };
        Inject(host, _message.AsSpan(0, SwimCodec.Write(suspect, _message)));
    }

    private ReadOnlySpan<byte> AliveOf(SteadyHost host, uint incarnation)
    {
        Span<byte> ip = stackalloc byte[16];
        Alive alive = new()
        {
            Incarnation = incarnation,
            Node = host.Node.Self.Name.Span,
            Address = ip[..host.Address.WriteIp(ip)],
            Port = host.Address.Port,
            Meta = host.Node.Self.Meta,
            Versions = [1, 5, _layers.ProtocolCur, 2, 5, 5],
        };
        return _message.AsSpan(0, SwimCodec.Write(alive, _message));
    }

    private ReadOnlySpan<byte> RequestOf(SteadyHost source, SteadyHost relay)
    {
        Span<byte> from = stackalloc byte[16];
        Span<byte> ip = stackalloc byte[16];
        SteadyHost target = Hosts[(relay.Number + 3) % NodeCount];
        IndirectPing request = new()
        {
            SequenceNumber = uint.MaxValue,
            Target = ip[..target.Address.WriteIp(ip)],
            Port = target.Address.Port,
            Node = target.Node.Self.Name.Span,
            Nack = true,
            SourceAddress = from[..source.Address.WriteIp(from)],
            SourcePort = source.Address.Port,
            SourceNode = source.Node.Self.Name.Span,
        };
        return _message.AsSpan(0, SwimCodec.Write(request, _message));
    }

    private void Inject(SteadyHost target, ReadOnlySpan<byte> message)
    {
        _writer.Begin();
        _writer.Add(message);
        Put(NodeAddress.FromIPv4(0x0A0000FE, 7946), target, _writer.Finish(checksum: false));
    }

    private void Look(ReadOnlySpan<byte> packet)
    {
        PacketCount++;
        if (Label.TryStrip(packet, out _, out ReadOnlySpan<byte> rest) != ReadStatus.Ok)
        {
            throw new InvalidOperationException("a broken label");
        }

        using ByteBuffer opened = new();
        if (_spy?.TryOpen(rest, _layers.Label.Span, opened) == SealFault.None)
        {
            SealedCount++;
            rest = opened.Written;
        }

        if (rest[0] == (byte)MessageType.HasCrc)
        {
            ChecksumCount++;
            rest = rest[5..];
        }

        CompressedCount += rest[0] == (byte)MessageType.Compress ? 1 : 0;
        CompoundCount += rest[0] == (byte)MessageType.Compound ? 1 : 0;
    }

    private sealed class Slot
    {
        private readonly byte[] _bytes = new byte[2048];
        private int _size;

        public NodeAddress Source { get; private set; }

        public SteadyHost? Target { get; private set; }

        public ReadOnlySpan<byte> Packet => _bytes.AsSpan(0, _size);

        public void Set(in NodeAddress source, SteadyHost target, ReadOnlySpan<byte> packet)
        {
            Source = source;
            Target = target;
            packet.CopyTo(_bytes);
            _size = packet.Length;
        }
    }
}
