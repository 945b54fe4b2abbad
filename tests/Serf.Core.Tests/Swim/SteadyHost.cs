using System;
using System.Globalization;
using Serf.Cluster;
using Serf.Core.Tests.Wire;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Core.Tests.Swim;

/// <summary>One node of a <see cref="SteadyWorld"/>, with or without the Serf layer.</summary>
internal sealed class SteadyHost : ISwimEffects, ISwimObserver, ISerfEffects, ILog
{
    private readonly SteadyWorld _world;
    private readonly BroadcastQueue _queue = new(4, 4096, null);
    private readonly byte[] _event = new byte[90];
    private Instant _nextEvent;

    public SteadyHost(SteadyWorld world, int number, SteadyLayers layers, SerfOptions? serf)
    {
        _world = world;
        Number = number;
        Address = layers.IPv6
            ? AddressOf(string.Create(CultureInfo.InvariantCulture, $"fd00::{number + 1:x}"))
            : NodeAddress.FromIPv4(0x0A000001 + (uint)number, 7946);
        string name = layers.NamedByAddress
            ? Address.IpText() : string.Create(CultureInfo.InvariantCulture, $"n{number}");
        SwimOptions options = SwimOptions.Lan with
        {
            Name = ByteString.FromText(name),
            AdvertiseAddress = Address,
            Versions = new NodeVersions(1, 5, layers.ProtocolCur, 2, 5, 5),
            Label = layers.Label,
            Compression = layers.Compression,
            Encryption = layers.NewEncryption((byte)(10 + number)),
            PushPullInterval = TimeSpan.Zero,
            DisableTcpPings = true,
        };
        Serf = serf is null ? null : new SerfNode(serf, options, this, this, (ulong)number + 1);
        Node = Serf?.Swim ?? new SwimNode(options, this, this, (ulong)number + 1);
    }

    public int Number { get; }

    public NodeAddress Address { get; }

    public SwimNode Node { get; }

    public SerfNode? Serf { get; }

    public int DeliveredCount { get; private set; }

    public int PingCount { get; private set; }

    public long LoggedSize { get; private set; }

    public ILog Log => this;

    public ReadOnlySpan<byte> LocalMeta => "meta"u8;

    public void Start(Instant now)
    {
        if (Serf is null)
        {
            Node.Start(now);
        }
        else
        {
            Serf.Start(now);
        }
    }

    public void ForgetLog() => LoggedSize = 0;

    public void Advance(Instant now)
    {
        if (Serf is not null)
        {
            Serf.Advance(now);
            return;
        }

        if (now >= _nextEvent)
        {
            _nextEvent = now + TimeSpan.FromMilliseconds(50);
            _event[Number]++;
            _queue.Add(_event);
        }

        Node.Advance(now);
    }

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        long bytes = _world.Meter.Pause();
        _world.Meter.Charge(Doing.Sending, _world.TypeOf(packet), bytes);
        _world.Post(this, target, packet);
        _world.Meter.Resume();
        return true;
    }

    public void Write(LogLevel level, string text)
    {
        long bytes = _world.Meter.Pause();
        _world.Meter.Charge(Doing.Logging, default, bytes);
        LoggedSize += text.Length;
        _world.Meter.Resume();
    }

    public void CollectBroadcasts(int overhead, int limit, IBroadcastSink sink) =>
        _queue.Take(overhead, limit, SteadyWorld.NodeCount, Limits.CompoundPartCountMax, sink);

    public void UserMessage(ReadOnlySpan<byte> message, Instant now) => DeliveredCount++;

    public void PingCompleted(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload, Instant now) =>
        PingCount++;

    public int WriteAckPayload(Span<byte> destination)
    {
        "a payload of the layer above"u8.CopyTo(destination);
        return 28;
    }

    public void Deliver(SerfEvent happened) => DeliveredCount++;

    public IEntropy Entropy { get; } = new CountingEntropy();

    public string? SaveKeyring(Keyring keyring) => null;

    public void NameLost() => throw new InvalidOperationException("nobody else has the name");

    public void CallCompleted(CallId call, string? error, int count)
    {
    }

    public void OpenStream(StreamId stream, in NodeAddress target)
    {
    }

    public void SendStream(StreamId stream, ByteBuffer bytes)
    {
    }

    public void CloseStream(StreamId stream)
    {
    }

    public void MemberJoined(Member member, Instant now)
    {
    }

    public void MemberLeft(Member member, Instant now)
    {
    }

    public void MemberUpdated(Member member, Instant now)
    {
    }

    public void MemberConflict(Member existing, in NodeAddress claimed, Instant now)
    {
    }

    public void UserMessagesEnded(Instant now)
    {
    }

    public void WriteLocalState(bool join, ByteBuffer destination)
    {
    }

    public void MergeRemoteState(ReadOnlySpan<byte> state, bool join, StreamId exchange, Instant now)
    {
    }

    public void PushPullCompleted(StreamId exchange, string? error, Instant now)
    {
    }

    public void AnnouncementFinished(Instant now)
    {
    }

    private static NodeAddress AddressOf(string ip) =>
        NodeAddress.TryParseIp(ip, 7946, out NodeAddress address)
            ? address : throw new ArgumentException("not an address", nameof(ip));
}
