using System;
using System.Text;
using BenchmarkDotNet.Attributes;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Bench.Cluster;

/// <summary>Lines for a snapshot, up to where they are handed to the disk, and a whole file read.</summary>
public class SnapshotBench
{
    private const int LineCount = 100_000;
    private const int AppendCount = 65536;
    private const int NodeCount = 10_000;

    private readonly Sink _sink = new();
    private readonly MemberEvent[] _joins = new MemberEvent[NodeCount];
    private readonly byte[] _file;
    private readonly SnapshotLog _log;
    private ulong _time;
    private int _next;

    public SnapshotBench()
    {
        StringBuilder text = new();
        for (int line = 0; line < LineCount; line++)
        {
            int node = line % NodeCount;
            _ = (line / NodeCount % 4) switch
            {
                0 => text.Append($"alive: node-{node} 10.0.{node >> 8}.{node & 255}:7946\n"),
                1 => text.Append($"event-clock: {line}\n"),
                2 => text.Append($"not-alive: node-{node}\n"),
                _ => text.Append($"query-clock: {line}\n"),
            };
        }

        _file = Encoding.ASCII.GetBytes(text.ToString());
        for (int node = 0; node < NodeCount; node++)
        {
            NodeAddress address = NodeAddress.FromIPv4(0x0A000000 + (uint)node, 7946);
            MemberInfo member = new(
                ByteString.FromText("node-" + node), address, Tags.Empty, MemberStatus.Alive, default);
            _joins[node] = new MemberEvent(SerfEventKind.MemberJoin, [member]);
        }

        _log = new SnapshotLog(_sink, new SnapshotReader(false, _sink).Finish(), _sink);
    }

    // Many at a time: one of some thousand lines is followed by a rewriting of the whole, which each has a share in.
    [Benchmark(OperationsPerInvoke = AppendCount)]
    public long AppendUserEvent()
    {
        for (int count = 0; count < AppendCount; count++)
        {
            _log.RecordUserEvent(++_time, new Instant(0));
            _sink.Report(_log);
        }

        return _sink.Size;
    }

    [Benchmark(OperationsPerInvoke = AppendCount)]
    public long AppendJoin()
    {
        for (int count = 0; count < AppendCount; count++)
        {
            _log.Record(_joins[_next], 1, new Instant(0));
            _sink.Report(_log);
            _next = (_next + 1) % NodeCount;
        }

        return _sink.Size;
    }

    [Benchmark]
    public int Replay()
    {
        SnapshotReader reader = new(false, _sink);
        for (int start = 0; start < _file.Length; start += 64 * 1024)
        {
            reader.Read(_file.AsSpan(start, Math.Min(64 * 1024, _file.Length - start)));
        }

        return reader.Finish().KnownPeers().Count;
    }

    private sealed class Sink : ISnapshotStore, ILog
    {
        private bool _isReplaced;

        public long Size { get; private set; }

        public bool Append(ReadOnlySpan<byte> lines)
        {
            Size += lines.Length;
            return true;
        }

        public void Replace(ByteBuffer content)
        {
            Size += content.Length;
            content.Clear();
            _isReplaced = true;
        }

        public void Sync()
        {
        }

        public void Write(LogLevel level, string text)
        {
        }

        public void Report(SnapshotLog log)
        {
            if (_isReplaced)
            {
                _isReplaced = false;
                log.Replaced();
            }
        }
    }
}
