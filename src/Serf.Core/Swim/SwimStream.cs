using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

/// <summary>What a stream is for.</summary>
internal enum StreamKind : byte
{
    /// <summary>A peer dialled us.</summary>
    Accepted,

    /// <summary>We exchange state.</summary>
    PushPull,

    /// <summary>We ping a node that did not answer packets.</summary>
    Ping,

    /// <summary>We send a user message, and nothing comes back.</summary>
    UserMessage,
}

/// <summary>
/// One TCP exchange: one message each way at most. Its deadline is the time limit of the phase it is in
/// (spec gossip 3.7).
/// </summary>
internal sealed class SwimStream : DeadlineEntry, IDisposable
{
    private readonly GossipStreamReader _reader;

    public SwimStream(StreamId id, StreamKind kind, in NodeAddress peer, SwimOptions options)
    {
        Id = id;
        Kind = kind;
        Peer = peer;
        bool isAccepted = kind == StreamKind.Accepted;
        _reader = new GossipStreamReader(options.Label.Span, isAccepted, options.Encryption)
        {
            SkipLabelCheck = options.SkipInboundLabelCheck,
            LabelTransition = options.LabelTransition,
        };
    }

    public StreamId Id { get; }

    public StreamKind Kind { get; }

    public NodeAddress Peer { get; }

    /// <summary>Ours: the dial succeeded. Accepted ones are from the beginning.</summary>
    public bool IsConnected { get; set; }

    /// <summary>The first byte came.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>One of the push/pulls being served.</summary>
    public bool IsServedPushPull { get; set; }

    /// <summary>Accepted: its part of what all of them hold.</summary>
    public int CountedSize { get; set; }

    /// <summary>Our push/pull: the join flag.</summary>
    public bool Join { get; init; }

    /// <summary>Our push/pull: asked for by the layer above, which is told of the end.</summary>
    public bool IsReported { get; init; }

    /// <summary>Our push/pull: when it was begun.</summary>
    public Instant Begun { get; init; }

    /// <summary>Our ping: its number.</summary>
    public uint SequenceNumber { get; init; }

    /// <summary>Our user message: its bytes, until they are sent.</summary>
    public byte[] Message { get; init; } = [];

    public GossipStreamReader Reader => _reader;

    public ReadStatus Receive(ReadOnlySpan<byte> bytes)
    {
        HasReceived = true;
        return _reader.Receive(bytes);
    }

    public void Dispose() => _reader.Dispose();
}
