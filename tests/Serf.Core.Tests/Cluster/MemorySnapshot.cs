using System;
using System.Collections.Generic;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Core.Tests.Cluster;

/// <summary>A snapshot file in memory, whose disk fails at will. What became of calls is told on demand.</summary>
internal sealed class MemorySnapshot : ISnapshotStore
{
    private readonly Queue<Action<SnapshotLog, Instant>> _reports = new();
    private bool _keepsNothing;

    public MemorySnapshot(string text = "") => Bytes = Encoding.UTF8.GetBytes(text);

    /// <summary>Why nothing can be appended.</summary>
    public string? AppendFault { get; set; }

    /// <summary>Why the content cannot be replaced.</summary>
    public string? ReplaceFault { get; set; }

    /// <summary>The writer does not keep up.</summary>
    public bool IsFull { get; set; }

    public int AppendCount { get; private set; }

    public int ReplaceCount { get; private set; }

    public int SyncCount { get; private set; }

    public byte[] Bytes { get; private set; }

    public string Text => Encoding.UTF8.GetString(Bytes);

    public bool Append(ReadOnlySpan<byte> lines)
    {
        AppendCount++;
        if (IsFull)
        {
            return false;
        }

        if (_keepsNothing || AppendFault is not null)
        {
            _keepsNothing = true;
            string reason = AppendFault ?? "lost before";
            long count = lines.Count((byte)'\n');
            _reports.Enqueue((log, now) => log.AppendFailed(reason, count, now));
            return true;
        }

        Bytes = [.. Bytes, .. lines];
        return true;
    }

    public void Replace(ByteBuffer content)
    {
        ReplaceCount++;
        if (ReplaceFault is { } reason)
        {
            content.Clear();
            _reports.Enqueue((log, now) => log.ReplaceFailed(reason, now));
            return;
        }

        _keepsNothing = false;
        Bytes = content.Written.ToArray();
        content.Dispose();
        _reports.Enqueue((log, _) => log.Replaced());
    }

    public void Sync() => SyncCount++;

    /// <summary>The writer's words reach the log.</summary>
    public void Report(SnapshotLog log, Instant now)
    {
        while (_reports.TryDequeue(out Action<SnapshotLog, Instant>? report))
        {
            report(log, now);
        }
    }

    public SnapshotState Read(bool rejoinAfterLeave = false, ILog? told = null)
    {
        SnapshotReader reader = new(rejoinAfterLeave, told ?? new RecordingEffects());
        reader.Read(Bytes);
        return reader.Finish();
    }

    /// <summary>A log over what is kept now.</summary>
    public SnapshotLog Open(
        ILog? told = null,
        bool rejoinAfterLeave = false,
        long compactionSizeMin = Limits.SnapshotCompactionSizeMin,
        int failedCountMax = Limits.SnapshotFailedCountMax)
    {
        ILog log = told ?? new RecordingEffects();
        return new SnapshotLog(this, Read(rejoinAfterLeave, log), log, compactionSizeMin, failedCountMax);
    }
}
