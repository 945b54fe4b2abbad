using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Core.Tests.Wire;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Core.Tests.Cluster;

/// <summary>Effects of one node under test, kept for the asserts.</summary>
internal sealed class RecordingEffects : ISerfEffects, ISwimEffects, ILog
{
    public List<SerfEvent> Events { get; } = [];

    public List<(NodeAddress Target, byte[] Packet)> Packets { get; } = [];

    public List<(CallId Call, string? Error, int Count)> Completed { get; } = [];

    public List<(StreamId Stream, NodeAddress Target)> Dialled { get; } = [];

    public List<string> Lines { get; } = [];

    public ILog Log => this;

    public IEntropy Entropy { get; } = new CountingEntropy();

    public void Deliver(SerfEvent happened) => Events.Add(happened);

    public string? SaveKeyring(Keyring keyring) => null;

    public int NameLostCount { get; private set; }

    public void NameLost() => NameLostCount++;

    public void CallCompleted(CallId call, string? error, int count) => Completed.Add((call, error, count));

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        Packets.Add((target, packet.ToArray()));
        return true;
    }

    public void OpenStream(StreamId stream, in NodeAddress target) => Dialled.Add((stream, target));

    public void SendStream(StreamId stream, ByteBuffer bytes)
    {
    }

    public void CloseStream(StreamId stream)
    {
    }

    public void Write(LogLevel level, string text) => Lines.Add(level + " " + text);
}
