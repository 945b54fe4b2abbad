using System;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>
/// What a <see cref="SwimNode"/> tells the layer above, and asks it for (spec gossip 4.10). Calls come on the
/// node's thread while it handles something: they may read the node and use its queues, its
/// <c>SendUserMessage</c> and its <c>TellReturned</c>, nothing else. Spans are valid only until the call
/// returns.
/// </summary>
public interface ISwimObserver
{
    /// <summary>Metadata for the node's next announcement, at most
    /// <see cref="Limits.MetaSizeMax"/> bytes.</summary>
    ReadOnlySpan<byte> LocalMeta { get; }

    /// <summary>From unknown, dead or left to alive. The first call is about the node itself.</summary>
    void MemberJoined(Member member, Instant now);

    /// <summary>To dead or left; <see cref="Member.State"/> tells which. Also about the node
    /// itself.</summary>
    void MemberLeft(Member member, Instant now);

    /// <summary>The metadata changed while alive.</summary>
    void MemberUpdated(Member member, Instant now);

    /// <summary>An alive message claims a known name for another address. Nothing was changed.</summary>
    void MemberConflict(Member existing, in NodeAddress claimed, Instant now);

    /// <summary>Whether a claim that another node is alive may be believed; asked before anything is
    /// stored, whether the node is known or not.</summary>
    bool AcceptsAlive(
        ReadOnlySpan<byte> name, in NodeAddress address, ReadOnlySpan<byte> meta, NodeVersions versions) =>
        true;

    /// <summary>Whether the state of a joiner, or of whom we join, may be merged. Asked about one record
    /// after the other, before any is merged.</summary>
    /// <returns>Null, or the reason why the whole state is refused.</returns>
    string? RefuseMerge(
        ReadOnlySpan<byte> name, in NodeAddress address, ReadOnlySpan<byte> meta, MemberState state) => null;

    /// <summary>A user message, from a packet or a stream, without its type byte.</summary>
    void UserMessage(ReadOnlySpan<byte> message, Instant now);

    /// <summary>That was all of a packet or stream that brought user messages.</summary>
    void UserMessagesEnded(Instant now);

    /// <summary>
    /// Fills up a packet: the sum of (length + <paramref name="overhead"/>) stays within <paramref
    /// name="limit"/>.
    /// </summary>
    void CollectBroadcasts(int overhead, int limit, IBroadcastSink sink);

    /// <summary>Appends the state to be sent along in a push/pull.</summary>
    void WriteLocalState(bool join, ByteBuffer destination);

    /// <summary>A peer's state, after its nodes were merged; never empty.</summary>
    void MergeRemoteState(ReadOnlySpan<byte> state, bool join, StreamId exchange, Instant now);

    /// <summary>Payload of our acks to direct pings.</summary>
    /// <returns>Bytes written, 0 for none.</returns>
    int WriteAckPayload(Span<byte> destination);

    /// <summary>A direct ping was acked in time.</summary>
    void PingCompleted(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload, Instant now);

    /// <summary>A ping begun with <see cref="SwimNode.Ping"/> was answered, or, without a time, was
    /// not.</summary>
    void PingEnded(uint ping, TimeSpan? roundTrip, Instant now)
    {
    }

    /// <summary>
    /// A push/pull begun with <see cref="SwimNode.PushPull"/> ended. <paramref name="error"/>
    /// is null, or the reason in the words peers use, such as <c>dial tcp 10.0.0.1:7946:
    /// connect: connection refused</c>.
    /// </summary>
    void PushPullCompleted(StreamId exchange, string? error, Instant now);

    /// <summary>A message given to <see cref="SwimNode.SendUserMessageStream"/> is on its way, or, with an
    /// error, is not.</summary>
    void UserMessageSent(StreamId stream, string? error, Instant now)
    {
    }

    /// <summary>
    /// The announcement begun with <see cref="SwimNode.UpdateMeta"/> or <see cref="SwimNode.Leave"/> has
    /// been sent often enough, or was replaced or dropped.
    /// </summary>
    void AnnouncementFinished(Instant now);
}

/// <summary>Takes messages for the packet being filled; each is copied before the call returns.</summary>
public interface IBroadcastSink
{
    void Add(ReadOnlySpan<byte> message);
}
