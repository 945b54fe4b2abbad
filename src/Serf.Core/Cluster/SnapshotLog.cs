using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Coordinates;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// Writes down whom a node knows and how far its clocks are (spec serf 8), so that it finds back after a
/// restart and takes nothing twice. It keeps all of it in memory too: after any loss the file is written anew
/// and complete. Its owner asks for <see cref="NextDeadlineAt"/>; the store tells what became of its calls.
/// </summary>
public sealed class SnapshotLog
{
    private const int BytesPerPeer = 2 * 128;
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ClockInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CoordinateInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RecoveryInterval = TimeSpan.FromSeconds(30);
    private static readonly Instant Always = new(long.MinValue);

    private readonly ISnapshotStore _store;
    private readonly ILog _log;
    private readonly RefusalLog _refusals;
    private readonly SnapshotPeers _peers;
    private readonly long _compactionSizeMin;
    private readonly ByteBuffer _batch = new();
    private readonly ByteBuffer _content = new();
    private long _batchLineCount;
    private long _missedLineCount;
    private long _size;
    private ulong _memberTime;
    private ulong _eventTime;
    private ulong _queryTime;
    private ulong _memberTimeAtLeave;
    private Coordinate? _own;
    private Coordinate? _ownWritten;
    private Instant _coordinateFrom = Always;
    private Instant _clockAt = Always;
    private Instant _flushFrom = Always;
    private Instant _compactAt = Instant.Never;
    private Instant _retryFrom = Always;
    private bool _isReplacing;
    private bool _hasFailed;
    private bool _hasGap;
    private bool _hasLeft;
    private bool _isClosed;

    /// <param name="store">Holds what <paramref name="state"/> was read from.</param>
    /// <param name="state">Taken over.</param>
    /// <param name="log">Told of what cannot be kept.</param>
    /// <param name="compactionSizeMin">The file may always grow to this.</param>
    /// <param name="failedCountMax">Failed nodes to be remembered.</param>
    public SnapshotLog(
        ISnapshotStore store,
        SnapshotState state,
        ILog log,
        long compactionSizeMin = Limits.SnapshotCompactionSizeMin,
        int failedCountMax = Limits.SnapshotFailedCountMax)
    {
        _store = store;
        _log = log;
        _refusals = new RefusalLog(log, "serf");
        _compactionSizeMin = compactionSizeMin;
        _peers = state.Peers;
        _peers.FailedCountMax = failedCountMax;
        _size = state.Size;
        _memberTime = Plausible(state.MemberTime);
        _eventTime = Plausible(state.EventTime);
        _queryTime = Plausible(state.QueryTime);
        KnownPeers = state.KnownPeers();
        Coordinate = state.Coordinate;
        if (state.HasTornTail)
        {
            _batch.WriteByte((byte)'\n');
            _size++;
        }

        if (state.MustRewrite)
        {
            _compactAt = Always;
        }
    }

    /// <summary>When <see cref="Advance"/> next has work. A clock that stands still is none: an idle node
    /// sleeps.</summary>
    /// <param name="memberClock">What the member clock shows.</param>
    public Instant NextDeadlineAt(ulong memberClock)
    {
        if (_isClosed)
        {
            return Instant.Never;
        }

        Instant next = Instant.Min(
            IsNews(memberClock) ? _clockAt : Instant.Never, _isReplacing ? Instant.Never : _compactAt);
        return _batch.Length > 0 ? Instant.Min(next, _flushFrom) : next;
    }

    /// <summary>Whom the snapshot knew at the start.</summary>
    public IReadOnlyList<KnownPeer> KnownPeers { get; }

    /// <summary>
    /// The node's own at the last end, of any size and any number of dimensions; null for none.
    /// </summary>
    public Coordinate? Coordinate { get; }

    /// <summary>The last times written, of the member, event and query clocks; 0 for none.</summary>
    public (ulong Member, ulong Event, ulong Query) Times => (_memberTime, _eventTime, _queryTime);

    /// <summary>Lines that were lost and are in no file yet.</summary>
    public long MissedLineCount => _missedLineCount;

    /// <summary>From here on the node's coordinate is kept too. Without it no line tells one.</summary>
    /// <param name="own">Borrowed: it moves.</param>
    public void Follow(Coordinate own)
    {
        _own = own;
        _ownWritten = own.Clone();
    }

    /// <summary>As raised, before any coalescing.</summary>
    /// <param name="memberClock">What the member clock shows after it.</param>
    public void Record(MemberEvent happened, ulong memberClock, Instant now)
    {
        if (_hasLeft || _isClosed)
        {
            return;
        }

        foreach (MemberInfo member in happened.Members)
        {
            if (!member.Name.Span.Contains((byte)'\n'))
            {
                Record(happened.Kind, member, now);
            }
            else if (_refusals.Allows(now))
            {
                // It would be read as lines of their own.
                ReadOnlySpan<byte> name = member.Name.Span;
                string shown = GoText.Quote(name[..Math.Min(name.Length, Limits.NameShownSizeMax)]);
                _refusals.Write(
                    LogLevel.Warn, "serf: Node name with a line feed is not kept in the snapshot: " + shown);
            }
        }

        RecordClock(memberClock, now);
    }

    public void RecordUserEvent(ulong time, Instant now)
    {
        if (time > _eventTime && !_hasLeft && !_isClosed)
        {
            _eventTime = time;
            int start = Begin();
            SnapshotLines.WriteTime(_batch, SnapshotLines.EventTime, time);
            End(start, now);
        }
    }

    /// <summary>Internal queries too.</summary>
    public void RecordQuery(ulong time, Instant now)
    {
        if (time > _queryTime && !_hasLeft && !_isClosed)
        {
            _queryTime = time;
            int start = Begin();
            SnapshotLines.WriteTime(_batch, SnapshotLines.QueryTime, time);
            End(start, now);
        }
    }

    /// <summary>
    /// What was recorded is on its way to the disk before the node does what must not be done again.
    /// </summary>
    public void Secure(Instant now)
    {
        if (!_isClosed)
        {
            Flush(now);
            _store.Sync();
        }
    }

    /// <summary>A node that is no member has left: it is not joined after the next start.</summary>
    public void Forget(ByteString name)
    {
        if (!_hasLeft && !_isClosed && _peers.Remove(name) is not null)
        {
            int start = Begin();
            SnapshotLines.WriteName(_batch, SnapshotLines.NotAlive, name.Span);
            End(start, Always);
        }
    }

    /// <summary>From here on only the member clock is recorded.</summary>
    public void Leave(Instant now)
    {
        if (_hasLeft || _isClosed)
        {
            return;
        }

        _hasLeft = true;
        _memberTimeAtLeave = _memberTime;
        RecordCoordinate(now);
        int start = Begin();
        _batch.Write(SnapshotLines.Leave);
        End(start, now);
        Flush(now);
        _store.Sync();
    }

    public void Advance(ulong memberClock, Instant now)
    {
        if (_isClosed)
        {
            return;
        }

        if (_clockAt <= now && IsNews(memberClock))
        {
            _clockAt = now + ClockInterval;
            RecordClock(memberClock, now);
        }

        // No deadline of its own: the node is awake anyway when it moves.
        if (_coordinateFrom <= now && !_hasLeft && _own?.HasMovedFrom(_ownWritten!) is true)
        {
            RecordCoordinate(now);
        }

        if (_batch.Length > 0 && _flushFrom <= now)
        {
            Flush(now);
        }

        if (_compactAt <= now && !_isReplacing)
        {
            _retryFrom = now + RecoveryInterval;
            Compact(now);
        }
    }

    /// <summary>Writes what is left; nothing is recorded any more.</summary>
    public void Close(ulong memberClock)
    {
        if (_isClosed)
        {
            return;
        }

        RecordClock(memberClock, Instant.Never);
        if (!_hasLeft)
        {
            RecordCoordinate(Instant.Never);
        }

        // What is due some time later, such as a file that others took away, has no later now.
        if (_compactAt != Instant.Never && !_isReplacing)
        {
            Compact(Instant.Never);
        }

        Flush(Instant.Never);
        _store.Sync();
        _isClosed = true;
    }

    /// <summary>The store has lost lines, and keeps none until all is replaced.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="lineCount">How many were lost since it was told last.</param>
    /// <param name="now">The time.</param>
    public void AppendFailed(string reason, long lineCount, Instant now)
    {
        if (!_hasFailed)
        {
            _log.Write(LogLevel.Err, "serf: Failed to update snapshot: " + reason);
        }

        _hasFailed = true;
        _missedLineCount += lineCount;
        _compactAt = Instant.Min(_compactAt, now >= _retryFrom ? now : _retryFrom);
    }

    /// <summary>The content was not replaced; what was there before is still there.</summary>
    public void ReplaceFailed(string reason, Instant now)
    {
        _isReplacing = false;
        _retryFrom = now + RecoveryInterval;
        _compactAt = _retryFrom;
        _log.Write(LogLevel.Err, "serf: Failed to compact snapshot: " + reason);
    }

    /// <summary>The content was replaced.</summary>
    public void Replaced()
    {
        _isReplacing = false;
        if (_hasGap)
        {
            // Lines behind the new content were lost already.
            _compactAt = _retryFrom;
        }
        else if (_hasFailed)
        {
            _hasFailed = false;
            _log.Write(LogLevel.Info, string.Create(
                CultureInfo.InvariantCulture,
                $"serf: Snapshot is complete again, with what {_missedLineCount} lost lines told"));
            _missedLineCount = 0;
        }
    }

    /// <summary>Others have removed, replaced or cut what the store wrote to.</summary>
    public void WentMissing(Instant now)
    {
        _log.Write(
            LogLevel.Warn, "serf: Snapshot was removed, replaced or cut by others, it is written again");
        _compactAt = Instant.Min(_compactAt, now >= _retryFrom ? now : _retryFrom);
    }

    // Times that no node can have reached are not believed, and not kept either: as the largest they would
    // stand for ever.
    private ulong Plausible(ulong time)
    {
        if (time < Limits.LamportTimeMax)
        {
            return time;
        }

        _log.Write(LogLevel.Warn, string.Create(
            CultureInfo.InvariantCulture, $"serf: Refusing Lamport time {time} of the snapshot"));
        _compactAt = Always;
        return 0;
    }

    private void Record(SerfEventKind kind, MemberInfo member, Instant now)
    {
        int start = Begin();
        switch (kind)
        {
            case SerfEventKind.MemberJoin:
                ByteString address = ByteString.FromText(member.Address.ToString());
                if (!_peers.SetAlive(member.Name, address) && _refusals.Allows(now))
                {
                    _refusals.Write(LogLevel.Warn, "serf: Snapshot has too many nodes");
                }

                SnapshotLines.WritePeer(_batch, SnapshotLines.Alive, member.Name.Span, address.Span);
                break;
            case SerfEventKind.MemberLeave:
                _peers.Remove(member.Name);
                SnapshotLines.WriteName(_batch, SnapshotLines.NotAlive, member.Name.Span);
                break;
            case SerfEventKind.MemberFailed:
                RecordFailure(member);
                break;
            default:
                // An update changes nothing that is kept, and who was reaped is looked for all the same. Who
                // was pruned has left before.
                break;
        }

        End(start, now);
    }

    private void RecordFailure(MemberInfo member)
    {
        SnapshotLines.WriteName(_batch, SnapshotLines.NotAlive, member.Name.Span);
        ByteString known = _peers.Remove(member.Name)?.Address ?? default;
        ByteString address = member.Address.IsNone ? known : ByteString.FromText(member.Address.ToString());
        if (_peers.FailedCountMax > 0 && !address.IsEmpty)
        {
            _peers.SetFailed(member.Name, address);
            SnapshotLines.WritePeer(_batch, SnapshotLines.Failed, member.Name.Span, address.Span);
        }
    }

    // The clock names the next message, so what was seen is one less. It may still stand at 0.
    private bool IsNews(ulong memberClock) => memberClock > _memberTime + 1;

    private void RecordClock(ulong memberClock, Instant now)
    {
        if (IsNews(memberClock))
        {
            _memberTime = memberClock - 1;
            int start = Begin();
            SnapshotLines.WriteTime(_batch, SnapshotLines.MemberTime, _memberTime);
            End(start, now);
        }
    }

    // However little it moved.
    private void RecordCoordinate(Instant now)
    {
        if (_own?.IsSameAs(_ownWritten!) is false)
        {
            _coordinateFrom = now + CoordinateInterval;
            int start = Begin();
            WriteCoordinate(_batch);
            End(start, now);
        }
    }

    private void WriteCoordinate(ByteBuffer destination)
    {
        _ownWritten!.CopyFrom(_own!);
        SnapshotCoordinate.Write(destination, _own!);
    }

    private int Begin() => _batch.Length;

    private void End(int start, Instant now)
    {
        int size = _batch.Length - start;
        if (size == 0)
        {
            return;
        }

        int lineCount = _batch.Written[start..].Count((byte)'\n');
        _size += size;
        _batchLineCount += lineCount;
        if (_hasFailed && !_isReplacing)
        {
            // The store would not take it, and what it told is in memory.
            _batch.Truncate(start);
            _batchLineCount -= lineCount;
            _missedLineCount += lineCount;
        }
        else if (_size > Math.Max(_compactionSizeMin, _peers.Count * (long)BytesPerPeer)
            && !_isReplacing && now >= _retryFrom)
        {
            Compact(now);
        }
        else if (_batch.Length >= Limits.SnapshotBatchSize)
        {
            Flush(now);
        }
    }

    private void Flush(Instant now)
    {
        if (_batch.Length > 0)
        {
            long lineCount = _batchLineCount;
            bool isTaken = _store.Append(_batch.Written);
            _batch.Clear();
            _batchLineCount = 0;
            _flushFrom = now + FlushInterval;
            if (!isTaken)
            {
                _hasGap = true;
                AppendFailed("too many lines wait for the disk", lineCount, now);
            }
        }
    }

    private void Compact(Instant now)
    {
        // The new content has them too, but it may not come into being.
        Flush(now);
        WriteContent();
        _size = _content.Length;
        _compactAt = Instant.Never;
        _isReplacing = true;
        _hasGap = false;
        _store.Replace(_content);
    }

    private void WriteContent()
    {
        Invariant.Holds(_content.Length == 0);
        foreach (SnapshotPeer peer in _peers.Alive)
        {
            SnapshotLines.WritePeer(_content, SnapshotLines.Alive, peer.Name.Span, peer.Address.Span);
        }

        foreach (SnapshotPeer peer in _peers.Failed)
        {
            SnapshotLines.WritePeer(_content, SnapshotLines.Failed, peer.Name.Span, peer.Address.Span);
        }

        SnapshotLines.WriteTime(
            _content, SnapshotLines.MemberTime, _hasLeft ? _memberTimeAtLeave : _memberTime);
        SnapshotLines.WriteTime(_content, SnapshotLines.EventTime, _eventTime);
        SnapshotLines.WriteTime(_content, SnapshotLines.QueryTime, _queryTime);
        if (_own is not null)
        {
            WriteCoordinate(_content);
        }

        if (!_hasLeft)
        {
            return;
        }

        // Else the leave would be forgotten, and the node would join again (spec serf 15.3, P5).
        _content.Write(SnapshotLines.Leave);
        if (_memberTime > _memberTimeAtLeave)
        {
            SnapshotLines.WriteTime(_content, SnapshotLines.MemberTime, _memberTime);
        }
    }
}
