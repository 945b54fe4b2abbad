using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

/// <summary>One node of the world: its effects and its observer, which keep what they are told.</summary>
internal sealed class SwimHost : WorldHost, ISwimObserver
{
    public SwimHost(SwimWorld world, string name, int number, SwimOptions options)
        : base(
            world,
            options.AdvertiseAddress.IsNone
                ? NodeAddress.FromIPv4(0x0A000000 + (uint)number, 7946)
                : options.AdvertiseAddress)
    {
        Node = new SwimNode(
            options with { Name = ByteString.FromText(
                name), AdvertiseAddress = Address }, this, this, (ulong)number);
    }

    public override SwimNode Node { get; }

    public byte[] Meta { get; set; } = [0x6D];

    public byte[] State { get; set; } = [];

    public List<string> Events { get; } = [];

    public List<string> Messages { get; } = [];

    public List<byte[]> RawMessages { get; } = [];

    public List<string> MergedStates { get; } = [];

    public List<string?> Exchanges { get; } = [];

    public List<(uint Ping, TimeSpan? RoundTrip)> EndedPings { get; } = [];

    public List<string?> SentMessages { get; } = [];

    /// <summary>A claim about this node is refused.</summary>
    public string? Unwanted { get; set; }

    /// <summary>Tiny user messages offered to each packet.</summary>
    public int UserBroadcastCount { get; set; }

    public int FinishedCount { get; private set; }

    public int PingCount { get; private set; }

    public ReadOnlySpan<byte> LocalMeta => Meta;

    public MemberState? StateOf(string name) => Node.Find(Encoding.UTF8.GetBytes(name))?.State;

    public void MemberJoined(Member member, Instant now) => Events.Add("join " + member.Name);

    public void MemberLeft(Member member, Instant now) =>
        Events.Add((member.State == MemberState.Left ? "left " : "dead ") + member.Name);

    public void MemberUpdated(Member member, Instant now) => Events.Add("update " + member.Name);

    public void MemberConflict(Member existing, in NodeAddress claimed, Instant now) =>
        Events.Add(string.Create(CultureInfo.InvariantCulture, $"conflict {existing.Name} {claimed}"));

    public bool AcceptsAlive(
        ReadOnlySpan<byte> name, in NodeAddress address, ReadOnlySpan<byte> meta, NodeVersions versions)
    {
        return Unwanted is null || Encoding.UTF8.GetString(name) != Unwanted;
    }

    public string? RefuseMerge(
        ReadOnlySpan<byte> name, in NodeAddress address, ReadOnlySpan<byte> meta, MemberState state)
    {
        string text = Encoding.UTF8.GetString(name);
        return text == Unwanted ? $"{text} at {address} is {state} and unwanted" : null;
    }

    public void PingEnded(uint ping, TimeSpan? roundTrip, Instant now) => EndedPings.Add((ping, roundTrip));

    public void UserMessageSent(StreamId stream, string? error, Instant now) => SentMessages.Add(error);

    public void UserMessagesEnded(Instant now)
    {
    }

    public void UserMessage(ReadOnlySpan<byte> message, Instant now)
    {
        RawMessages.Add(message.ToArray());
        Messages.Add(Encoding.UTF8.GetString(message));
    }

    public void CollectBroadcasts(int overhead, int limit, IBroadcastSink sink)
    {
        int count = Math.Min(UserBroadcastCount, limit / (overhead + 1));
        for (int number = 0; number < count; number++)
        {
            sink.Add("u"u8);
        }
    }

    public void WriteLocalState(bool join, ByteBuffer destination) => destination.Write(State);

    public void MergeRemoteState(ReadOnlySpan<byte> state, bool join, StreamId exchange, Instant now) =>
        MergedStates.Add(Encoding.UTF8.GetString(state) + (join ? " join" : ""));

    public int WriteAckPayload(Span<byte> destination)
    {
        destination[0] = 0x2A;
        return 1;
    }

    public void PingCompleted(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload, Instant now)
    {
        Assert.Equal(1, payload.Length);
        PingCount++;
    }

    public void PushPullCompleted(StreamId exchange, string? error, Instant now) => Exchanges.Add(error);

    public void AnnouncementFinished(Instant now) => FinishedCount++;
}
