using System;
using System.Diagnostics;
using System.Threading;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// Keeps a snapshot in a file. The node's thread hands over lines and goes on; a thread of this object waits
/// for the disk. What waits is bounded, and what is lost is reported.
/// </summary>
internal sealed class SnapshotFile : ISnapshotStore, IDisposable
{
    /// <summary>How often the file is looked for under its name.</summary>
    private const int CheckMilliseconds = 2000;

    // Waited on too: a semaphore would spin before it sleeps, at each look for the file of an idle node.
    private readonly object _gate = new();
    private readonly SnapshotDisk _disk;
    private readonly Thread _thread;
    private readonly int _pendingSizeMax;

    // In this order: lines for the content there is, a new content, lines behind it.
    private ByteBuffer _lines = new();
    private ByteBuffer? _content;
    private ByteBuffer _later = new();
    private bool _hasWork;
    private bool _mustSync;
    private bool _isClosing;
    private bool _hasGap;
    private ISnapshotOwner? _owner;

    // The writer's own.
    private bool _keepsNothing;
    private bool _isMissing;

    /// <param name="disk">Owned from now on; used by this object's thread only.</param>
    /// <param name="pendingSizeMax">Bytes of lines that may wait.</param>
    public SnapshotFile(SnapshotDisk disk, int pendingSizeMax = Limits.SnapshotPendingSizeMax)
    {
        _disk = disk;
        _pendingSizeMax = pendingSizeMax;
        _thread = new Thread(Run) { Name = "snapshot", IsBackground = true };
    }

    /// <summary>Told how long lines and replacements take, on the writer's thread.</summary>
    public IMetrics Metrics { get; init; } = NoMetrics.Instance;

    /// <summary>Begins to write. Once.</summary>
    public void Start(ISnapshotOwner owner)
    {
        _owner = owner;
        _thread.Start();
    }

    public bool Append(ReadOnlySpan<byte> lines)
    {
        lock (_gate)
        {
            _hasGap |= _lines.Length + _later.Length + lines.Length > _pendingSizeMax;
            if (_hasGap)
            {
                return false;
            }

            (_content is null ? _lines : _later).Write(lines);
            Wake();
        }

        return true;
    }

    public void Replace(ByteBuffer content)
    {
        lock (_gate)
        {
            Invariant.Holds(_content is null);
            _content = new ByteBuffer();
            content.MoveTo(_content);
            _hasGap = false;
            Wake();
        }
    }

    public void Sync()
    {
        lock (_gate)
        {
            _mustSync = true;
            Wake();
        }
    }

    /// <summary>Waits until all is written, or until the disk has had its time. Any thread, once.</summary>
    /// <returns>Whether all was tried.</returns>
    public bool Close(TimeSpan patience)
    {
        lock (_gate)
        {
            _isClosing = true;
            Wake();
        }

        return !_thread.IsAlive || _thread.Join(patience);
    }

    /// <summary>Only where <see cref="Start"/> was never called.</summary>
    public void Dispose() => _disk.Dispose();

    // Under the gate.
    private void Wake()
    {
        _hasWork = true;
        Monitor.Pulse(_gate);
    }

    private void Run()
    {
        bool isClosing = false;
        long checkAt = Environment.TickCount64 + CheckMilliseconds;
        while (!isClosing)
        {
            ByteBuffer lines;
            ByteBuffer? content;
            ByteBuffer later;
            bool mustSync;
            lock (_gate)
            {
                long left = checkAt - Environment.TickCount64;
                if (!_hasWork && left > 0)
                {
                    _ = Monitor.Wait(_gate, (int)Math.Min(left, CheckMilliseconds));
                }

                _hasWork = false;
                (lines, content, later, mustSync) = (_lines, _content, _later, _mustSync);
                (_lines, _content, _later, _mustSync) = (new(), null, new(), false);
                isClosing = _isClosing;
            }

            WriteLines(lines);
            WriteContent(content);
            WriteLines(later);

            // By the clock, and not only where nothing comes: on a busy node something always does.
            if (Environment.TickCount64 >= checkAt)
            {
                Check();
                checkAt = Environment.TickCount64 + CheckMilliseconds;
            }

            if (mustSync && !_keepsNothing && _disk.Sync() is { } fault)
            {
                Lose(fault, 0);
            }
        }

        _disk.Dispose();
    }

    private void WriteLines(ByteBuffer lines)
    {
        if (lines.Length > 0)
        {
            if (_keepsNothing)
            {
                Lose("an earlier failure", lines.Written.Count((byte)'\n'));
            }
            else
            {
                WriteToDisk(lines.Written);
            }
        }

        lines.Dispose();
    }

    // They go to the disk together: each has its share of the time.
    private void WriteToDisk(ReadOnlySpan<byte> lines)
    {
        int count = lines.Count((byte)'\n');
        long start = Stopwatch.GetTimestamp();
        string? fault = _disk.Append(lines);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        for (int line = 0; line < count; line++)
        {
            Metrics.Add(Metric.SnapshotLine, milliseconds / count);
        }

        if (fault is not null)
        {
            Lose(fault, count);
        }
    }

    private void WriteContent(ByteBuffer? content)
    {
        if (content is null)
        {
            return;
        }

        long start = Metrics.Start();
        string? fault = _disk.Replace(content.Written);
        Metrics.Stop(Metric.SnapshotCompaction, start);
        content.Dispose();
        if (fault is null)
        {
            _keepsNothing = false;
            _isMissing = false;
            _owner!.Post(static (log, _) => log.Replaced());
        }
        else
        {
            _owner!.Post((log, now) => log.ReplaceFailed(fault, now));
        }
    }

    private void Lose(string reason, long lineCount)
    {
        _keepsNothing = true;
        _owner!.Post((log, now) => log.AppendFailed(reason, lineCount, now));
    }

    private void Check()
    {
        if (!_isMissing && !_disk.IsInPlace())
        {
            _isMissing = true;
            _owner!.Post(static (log, now) => log.WentMissing(now));
        }
    }
}
