using System;
using System.Threading;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Agent;

// The snapshot (spec agent 10).
internal sealed partial class SerfAgent : ISnapshotOwner
{
    private const string SnapshotPrefix = "Failed to setup snapshot: failed to open snapshot: ";

    private static readonly TimeSpan SnapshotPatience =
        TimeSpan.FromMilliseconds(Limits.SnapshotCloseMillisecondsMax);

    private SnapshotFile? _snapshotFile;
    private SnapshotLog? _snapshot;

    // The loop is there once the file's thread runs.
    void ISnapshotOwner.Post(Action<SnapshotLog, Instant> report) =>
        _loop.Post(now => report(_snapshot!, now));

    private SnapshotLog? OpenSnapshot(AgentOptions options, ILog log)
    {
        if (options.SnapshotPath.Length == 0)
        {
            return null;
        }

        SnapshotDisk? disk = null;
        try
        {
            disk = SnapshotDisk.Open(options.SnapshotPath);
            SnapshotState state = disk.Read(new SnapshotReader(options.RejoinAfterLeave, log));
            _snapshotFile = new SnapshotFile(disk) { Metrics = _metrics };
            _snapshot = new SnapshotLog(_snapshotFile, state, log);
            return _snapshot;
        }
        catch (SerfException exception)
        {
            disk?.Dispose();
            throw new SerfException(SnapshotPrefix + exception.Message);
        }
    }

    private void CloseSnapshot()
    {
        if (_snapshotFile is not null && !_snapshotFile.Close(SnapshotPatience))
        {
            _log.Write(LogLevel.Err, "agent: The last lines of the snapshot still wait for the disk");
        }

        // What the file's thread told of the last lines is heard before the loop ends.
        using ManualResetEventSlim done = new(false);
        _loop.Post(_ => done.Set());
        done.Wait();
    }
}
