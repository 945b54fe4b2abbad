using System;
using System.Numerics;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// Full state exchange, for joining and against drift (spec gossip 7 and 3.3).
public sealed partial class SwimNode
{
    // Records are handed to the layers in pieces of about this size.
    private const int StatePieceSize = 16 * 1024;

    private readonly ByteBuffer _userState = new();
    private Instant _pushPullAt = Instant.Never;

    /// <summary>Whether the layer above is asked for its state, or given one, in an exchange that a peer
    /// began.</summary>
    public bool IsAnswering { get; private set; }

    /// <summary>Begins a full state exchange; it ends in
    /// <see cref="ISwimObserver.PushPullCompleted"/>.</summary>
    /// <returns><see cref="StreamId.None"/>, and nothing will follow, before the start and after the
    /// end.</returns>
    public StreamId PushPull(in NodeAddress target, bool join, Instant now)
    {
        if (!IsRunning)
        {
            return StreamId.None;
        }

        _now = now;
        return BeginPushPull(default, target, join, isReported: true, now);
    }

    /// <summary>What the interval is multiplied with in a cluster of <paramref name="nodeCount"/>.</summary>
    internal static int PushPullScale(int nodeCount) =>
        nodeCount <= 32 ? 1 : 33 - BitOperations.LeadingZeroCount((uint)nodeCount - 1) - 5;

    private TimeSpan PushPullDelay() => Options.PushPullInterval * PushPullScale(_members.Count);

    private void PushPullTick(Instant now)
    {
        _members.Pick(1, PickRule.Alive, Self, null, TimeSpan.Zero, now, ref _prng, _picked);
        if (_picked.Count > 0 && DialledCount < Limits.StreamCountMax)
        {
            BeginPushPull(_picked[0].Name, _picked[0].Address, join: false, isReported: false, now);
        }
    }

    private StreamId BeginPushPull(
        ByteString name, in NodeAddress target, bool join, bool isReported, Instant now)
    {
        // Without a name, as for a join, the two spaces stay: so the line is known.
        _log.Write(LogLevel.Debug, $"memberlist: Initiating push/pull sync with: {name} {target}");
        SwimStream stream = new(NextStreamId(), StreamKind.PushPull, target, Options)
        {
            Join = join, IsReported = isReported, Begun = now,
        };
        Watch(stream, now + Options.TcpTimeout);
        _effects.OpenStream(stream.Id, target);
        return stream.Id;
    }

    // Every node in the list, whatever its state, as it is believed right now.
    private void SendLocalState(SwimStream stream, bool join, bool dials)
    {
        _userState.Clear();
        _observer.WriteLocalState(join, _userState);
        PushPullHeader header = new()
        {
            NodeCount = _members.Count, UserStateSize = _userState.Length, Join = join,
        };
        using ByteBuffer output = new();
        int sizeHint = (int)_members.RecordSize + _userState.Length;
        _streamWriter.Begin(dials, output, sizeHint, stream.Reader.AgreedLabel);
        _scratch.Clear();
        _scratch.WriteByte((byte)MessageType.PushPull);
        _scratch.Advance(SwimCodec.Write(header, _scratch.GetSpan(SwimCodec.SizeOf(header))));
        Span<byte> ip = stackalloc byte[16];
        Span<byte> versions = stackalloc byte[NodeVersions.Size];
        Span<int> instances = stackalloc int[(int)MemberState.Left + 1];
        instances.Clear();
        long size = _userState.Length;
        foreach (Member member in _members.List)
        {
            instances[(int)member.State]++;
            member.Versions.Write(versions);
            NodeRecord record = new()
            {
                Name = member.Name.Span,
                Address = ip[..member.Address.WriteIp(ip)],
                Port = member.Address.Port,
                Meta = member.Meta.Length == 0 ? default : member.Meta,
                Incarnation = member.Incarnation,
                State = (long)member.State,
                Versions = versions,
            };
            _scratch.Advance(SwimCodec.Write(record, _scratch.GetSpan(SwimCodec.SizeOf(record))));
            if (_scratch.Length >= StatePieceSize)
            {
                size += _scratch.Length;
                _streamWriter.Write(_scratch.Written);
                _scratch.Clear();
            }
        }

        CountState(size + _scratch.Length, instances);
        _streamWriter.Write(_scratch.Written);
        _streamWriter.Write(_userState.Written);
        _streamWriter.End();

        // It may have grown to megabytes, and is needed again in half a minute at the earliest.
        _userState.Dispose();
        WarnOfSize("Local", output.Length);
        Send(stream.Id, output);
    }

    private void CountState(long size, ReadOnlySpan<int> instances)
    {
        _metrics.Add(Metric.LocalStateSize, size);
        _metrics.Add(Metric.NodesAlive, instances[(int)MemberState.Alive]);
        _metrics.Add(Metric.NodesSuspect, instances[(int)MemberState.Suspect]);
        _metrics.Add(Metric.NodesDead, instances[(int)MemberState.Dead]);
        _metrics.Add(Metric.NodesLeft, instances[(int)MemberState.Left]);
    }

    // Peers refuse a larger one, and such a cluster would stop exchanging states.
    private void WarnOfSize(string whose, int size)
    {
        if (size > Limits.StreamSizeWarned)
        {
            _log.Write(
                LogLevel.Warn,
                $"memberlist: {whose} node state size is ({size}) limit is ({Limits.StreamSizeMax})");
        }
    }

    private void ServePushPull(SwimStream stream, Instant now)
    {
        MsgpackReader reader = new(stream.Reader.Body);
        if (SwimCodec.TryRead(ref reader, out PushPullHeader header) != ReadStatus.Ok)
        {
            Close(stream, "failed to decode the message", now);
            return;
        }

        // The answer is what was known before the merge.
        IsAnswering = true;
        SendLocalState(stream, header.Join, dials: false);
        string? error = MergeState(stream, header.Join, now);
        IsAnswering = false;
        if (error is not null && _refusals.Allows(now))
        {
            _refusals.Write(LogLevel.Err, $"memberlist: Failed push/pull merge: {error} from={stream.Peer}");
        }

        Close(stream, null, now);
    }

    private void ReceiveRemoteState(SwimStream stream, Instant now)
    {
        string? error;
        switch (stream.Reader.Type)
        {
            case MessageType.Err:
                ReadStatus status = SwimCodec.TryRead(stream.Reader.Body, out ErrReply reply);
                error = "remote error: " + (status == ReadStatus.Ok ? Shown(reply.Error) : "undecodable");
                break;
            case MessageType.PushPull:
                error = MergeState(stream, stream.Join, now);
                break;
            default:
                error = $"received invalid msgType ({(int)stream.Reader.Type}), expected pushPullMsg (6)";
                break;
        }

        Close(stream, error, now);
    }

    /// <returns>Null, or why the whole state was refused.</returns>
    private string? MergeState(SwimStream stream, bool join, Instant now)
    {
        MsgpackReader reader = new(stream.Reader.Body);
        if (SwimCodec.TryRead(ref reader, out PushPullHeader header) != ReadStatus.Ok)
        {
            return "failed to decode the message";
        }

        string? error = CheckVersions(reader, header.NodeCount);
        if (error is null && join)
        {
            error = AskAboveToMerge(reader, header.NodeCount);
        }

        if (error is not null)
        {
            return error;
        }

        for (long index = 0; index < header.NodeCount; index++)
        {
            if (SwimCodec.TryRead(ref reader, out NodeRecord record) != ReadStatus.Ok)
            {
                return "failed to decode the message";
            }

            MergeRecord(record, now);
        }

        if (header.UserStateSize > 0 && header.UserStateSize <= reader.Remaining.Length)
        {
            _observer.MergeRemoteState(reader.Remaining[..(int)header.UserStateSize], join, stream.Id, now);
        }

        return null;
    }

    private void MergeRecord(in NodeRecord record, Instant now)
    {
        switch (record.State)
        {
            case (long)MemberState.Alive:
                Alive alive = new()
                {
                    Incarnation = record.Incarnation,
                    Node = record.Name,
                    Address = record.Address,
                    Port = record.Port,
                    Meta = record.Meta,
                    Versions = record.Versions,
                };
                HandleAlive(alive, now);
                break;
            case (long)MemberState.Left:
                HandleDead(new Dead { Incarnation = record.Incarnation, Node = record.Name,
                    From = record.Name }, now);
                break;
            case (long)MemberState.Dead:
            case (long)MemberState.Suspect:
                // Not believed outright: the accused gets its chance to refute.
                HandleSuspect(
                    new Suspect { Incarnation = record.Incarnation, Node = record.Name,
                        From = Self.Name.Span }, now);
                break;
        }
    }

    // The records were all read once before.
    private string? AskAboveToMerge(MsgpackReader reader, long count)
    {
        string? reason = null;
        for (long index = 0; index < count && reason is null; index++)
        {
            ReadStatus status = SwimCodec.TryRead(ref reader, out NodeRecord record);
            Invariant.Holds(status == ReadStatus.Ok);
            if (record.State is >= (long)MemberState.Alive and <= (long)MemberState.Left
                && NodeAddress.TryFromBytes(record.Address, PortOrOwn(record.Port), out NodeAddress address))
            {
                reason = _observer.RefuseMerge(record.Name, address, record.Meta, (MemberState)record.State);
            }
        }

        return reason;
    }

    /// <summary>All must be able to understand each other (spec gossip 7.4).</summary>
    private string? CheckVersions(MsgpackReader records, long count)
    {
        VersionRange range = VersionRange.Widest;
        MsgpackReader reader = records;
        for (long index = 0; index < count; index++)
        {
            if (SwimCodec.TryRead(ref reader, out NodeRecord record) != ReadStatus.Ok)
            {
                return "failed to decode the message";
            }

            if (record.State == (long)MemberState.Alive && record.Versions.Length >= NodeVersions.Size - 1)
            {
                range.Narrow(record.Versions);
            }
        }

        Span<byte> own = stackalloc byte[NodeVersions.Size];
        foreach (Member member in _members.List)
        {
            if (member.State == MemberState.Alive)
            {
                member.Versions.Write(own);
                range.Narrow(own);
            }
        }

        reader = records;
        for (long index = 0; index < count; index++)
        {
            if (SwimCodec.TryRead(ref reader, out NodeRecord record) != ReadStatus.Ok)
            {
                return "failed to decode the message";
            }

            NodeVersions.TryRead(record.Versions, out NodeVersions versions);
            if (range.Violation(record.Name, versions) is string violation)
            {
                return violation;
            }
        }

        foreach (Member member in _members.List)
        {
            if (range.Violation(member.Name.Span, member.Versions) is string violation)
            {
                return violation;
            }
        }

        return null;
    }
}
