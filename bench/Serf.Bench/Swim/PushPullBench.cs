using BenchmarkDotNet.Attributes;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Bench.Swim;

/// <summary>Whole states of 1,000 members: written by the one who dials, then served by one who knows all of it
/// already.</summary>
public class PushPullBench
{
    private static readonly NodeAddress Source = NodeAddress.FromIPv4(0x0A0000FE, 7946);
    private readonly SilentPeer _peer = new(memberCount: 1000);
    private readonly byte[] _state;

    public PushPullBench()
    {
        SilentPeer dialler = new(memberCount: 1000) { KeepsStream = true };
        Dial(dialler);
        _state = dialler.Stream.Written.ToArray();
    }

    [Benchmark]
    public long WriteState()
    {
        Dial(_peer);
        return _peer.StreamSize;
    }

    [Benchmark]
    public long ServeAndMergeState()
    {
        StreamId stream = _peer.Node.StreamAccepted(Source, _peer.Now);
        _peer.Node.StreamReceived(stream, _state, _peer.Now);
        _peer.Node.StreamEnded(stream, _peer.Now);
        return _peer.StreamSize;
    }

    private static void Dial(SilentPeer peer)
    {
        peer.Node.PushPull(Source, join: false, peer.Now);
        peer.Node.StreamConnected(peer.LastOpened, peer.Now);
        peer.Node.StreamFailed(peer.LastOpened, "closed", peer.Now);
    }
}
