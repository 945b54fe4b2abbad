using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Simulation.Checkers;

namespace Serf.Simulation;

/// <summary>
/// The snapshot file of one node, through all its lives. What the node gives is written a little later; a crash
/// of the process loses what waits, a failure of power also what was not synced, and may leave half a line or
/// bytes of zero behind. Now and then the disk is full, or refuses a new file.
/// </summary>
public sealed class SimDisk(SimWorld world, byte[]? content = null) : ISnapshotStore
{
    private const int NulCountMax = 64;
    private static readonly TimeSpan _writeMax = TimeSpan.FromMilliseconds(30);

    private readonly SnapshotChecker _checker = new();
    private readonly List<byte> _bytes = [.. content ?? []];
    private int _syncedSize;
    private bool _keepsNothing;
    private Instant _fullUntil;
    private Instant _lastWrite;
    private Queue<Action> _waiting = new();
    private SimHost? _owner;
    private SnapshotLog? _snapshot;

    /// <summary>Nothing can be written before this.</summary>
    public void Fill(Instant until) => _fullUntil = until;

    /// <summary>A life begins with what is left of the one before.</summary>
    public SnapshotLog Open(SimHost owner, bool rejoinAfterLeave)
    {
        _owner = owner;
        _keepsNothing = false;
        _lastWrite = world.Now;
        _waiting = new Queue<Action>();
        SnapshotReader reader = new(rejoinAfterLeave, owner);
        byte[] left = [.. _bytes];
        for (int at = 0; at < left.Length;)
        {
            int size = 1 + world.Chance.Below(left.Length - at);
            reader.Read(left.AsSpan(at, size));
            at += size;
        }

        SnapshotState state = reader.Finish();
        owner.Require(_checker.Replayed(left, rejoinAfterLeave, state));
        _snapshot = new SnapshotLog(this, state, owner);
        return _snapshot;
    }

    /// <summary>A life has begun.</summary>
    /// <param name="own">Where it begins.</param>
    public string? CheckPlace(Coordinate? own)
    {
        byte[] content = [.. _bytes];
        if (PlaceChecker.Last(content) is not null)
        {
            world.Report.See(Sight.PlaceRestored);
        }

        return PlaceChecker.Observe(content, own);
    }

    /// <summary>The life is over, and with it what was not yet written.</summary>
    /// <param name="isPowerLost">What was not synced is gone too.</param>
    public void Crash(bool isPowerLost)
    {
        _owner = null;
        _snapshot = null;
        _waiting.Clear();
        if (!isPowerLost || _syncedSize >= _bytes.Count)
        {
            return;
        }

        // Somewhere in what was written since, most likely in the middle of a line.
        int size = _syncedSize + world.Chance.Below(_bytes.Count - _syncedSize);
        world.Report.See(Sight.SnapshotTorn);
        _bytes.RemoveRange(size, _bytes.Count - size);
        if (world.Chance.Below(2) == 0)
        {
            world.Report.See(Sight.SnapshotNuls);
            for (int count = 1 + world.Chance.Below(NulCountMax); count > 0; count--)
            {
                _bytes.Add(0);
            }
        }
    }

    /// <summary>The process has ended in order: the writer has done all that was given to it.</summary>
    public void Finish()
    {
        while (_waiting.TryDequeue(out Action? work))
        {
            work();
        }

        _owner = null;
        _snapshot = null;
    }

    bool ISnapshotStore.Append(ReadOnlySpan<byte> lines)
    {
        byte[] copy = lines.ToArray();
        Later(() => Append(copy));
        return true;
    }

    void ISnapshotStore.Replace(ByteBuffer content)
    {
        byte[] copy = content.Written.ToArray();
        content.Clear();
        Later(() => Replace(copy));
    }

    void ISnapshotStore.Sync() => Later(() =>
    {
        _syncedSize = _bytes.Count;
        _checker.Synced(_bytes);
    });

    private void Append(byte[] lines)
    {
        if (world.Now < _fullUntil && !_keepsNothing)
        {
            // As much as there was room for.
            world.Report.See(Sight.SnapshotDiskFull);
            _keepsNothing = true;
            _bytes.AddRange(lines.AsSpan(0, world.Chance.Below(lines.Length)));
        }

        if (_keepsNothing)
        {
            long count = lines.AsSpan().Count((byte)'\n');
            Tell((log, now) => log.AppendFailed("no space left on device", count, now));
            return;
        }

        _bytes.AddRange(lines);
    }

    private void Replace(byte[] content)
    {
        if (world.Now < _fullUntil)
        {
            world.Report.See(Sight.SnapshotReplaceRefused);
            Tell((log, now) => log.ReplaceFailed("no space left on device", now));
            return;
        }

        world.Report.See(Sight.SnapshotReplaced);
        _keepsNothing = false;
        _bytes.Clear();
        _bytes.AddRange(content);
        _syncedSize = _bytes.Count;
        _checker.Synced(_bytes);
        Tell((log, _) => log.Replaced());
    }

    private void Tell(Action<SnapshotLog, Instant> tell)
    {
        SnapshotLog? log = _snapshot;
        _owner?.Enter(() => tell(log!, world.Now));
    }

    // In their order, by a writer that dies with its process.
    private void Later(Action work)
    {
        Instant at = world.Now + world.Chance.Between(TimeSpan.Zero, _writeMax);
        _lastWrite = at > _lastWrite ? at : _lastWrite;
        _waiting.Enqueue(work);
        Queue<Action> waiting = _waiting;
        world.ScheduleAt(_lastWrite, () =>
        {
            if (waiting.TryDequeue(out Action? next))
            {
                next();
            }
        });
    }
}
