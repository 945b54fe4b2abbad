using System;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

public sealed class SnapshotLogTests
{
    private readonly MemorySnapshot _file = new();
    private readonly RecordingEffects _told = new();
    private Instant _now = new(0);

    [Fact]
    public void Lines_are_written_at_once_and_then_gathered_for_half_a_second()
    {
        SnapshotLog log = _file.Open(_told);
        Run(log, 1, 0);
        log.RecordUserEvent(1, _now);
        Run(log, 1, 0);
        Assert.Equal("event-clock: 1\n", _file.Text);

        log.RecordUserEvent(2, _now);
        log.RecordQuery(7, _now);
        Run(log, 1, 0.499);
        Assert.Equal("event-clock: 1\n", _file.Text);

        Run(log, 1, 0.001);
        Assert.Equal("event-clock: 1\nevent-clock: 2\nquery-clock: 7\n", _file.Text);
        Assert.Equal(2, _file.AppendCount);
    }

    [Fact]
    public void A_line_waits_for_no_later_one()
    {
        // The original has no timer: its last lines wait for more.
        SnapshotLog log = _file.Open(_told);
        log.RecordUserEvent(1, _now);
        Run(log, 1, 0);
        log.RecordUserEvent(2, _now);

        RunToEnd(log, 1, 0.6);

        Assert.EndsWith("event-clock: 2\n", _file.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_member_clock_is_looked_at_every_half_second_and_zero_does_not_wrap()
    {
        SnapshotLog log = _file.Open(_told);
        RunToEnd(log, 0, 2);
        RunToEnd(log, 1, 2);
        Assert.Equal("", _file.Text);

        RunToEnd(log, 5, 0.6);

        Assert.Equal("clock: 4\n", _file.Text);
    }

    [Fact]
    public void Smaller_times_are_not_written()
    {
        SnapshotLog log = new MemorySnapshot("event-clock: 50\nquery-clock: 60\nclock: 70\n").Open(_told);
        Assert.Equal((70UL, 50UL, 60UL), log.Times);
        log.RecordUserEvent(50, _now);
        log.RecordQuery(59, _now);
        log.Record(Failed("x"), 71, _now);

        Assert.Equal((70UL, 50UL, 60UL), log.Times);
    }

    [Fact]
    public void A_failed_node_is_remembered_until_it_is_back()
    {
        SnapshotLog log = _file.Open(_told);
        log.Record(Joined("a b", 1), 1, _now);
        log.Record(Failed("a b", 1), 1, _now);
        RunToEnd(log, 1, 1);
        Assert.Equal("alive: a b 10.0.0.1:7946\nnot-alive: a b\n# failed: a b 10.0.0.1:7946\n", _file.Text);
        Assert.Equal("a b", Assert.Single(_file.Read().KnownPeers()).Name.ToString());

        log.Record(Left("a b"), 1, _now);
        RunToEnd(log, 1, 1);
        Assert.Empty(_file.Read().KnownPeers());
    }

    [Fact]
    public void Who_was_reaped_is_remembered_and_an_update_tells_nothing()
    {
        SnapshotLog log = _file.Open(_told);
        log.Record(Joined("a", 1), 1, _now);
        log.Record(Of(SerfEventKind.MemberUpdate, "a", 1), 1, _now);
        log.Record(Failed("a", 1), 1, _now);
        log.Record(Of(SerfEventKind.MemberReap, "a", 1), 1, _now);
        RunToEnd(log, 1, 1);

        Assert.Equal(3, _file.Text.Count(character => character == '\n'));
        Assert.Single(_file.Read().KnownPeers());
    }

    [Fact]
    public void A_name_that_would_be_read_as_lines_is_left_out_and_reported()
    {
        SnapshotLog log = _file.Open(_told);
        log.Record(Joined("a\nleave", 1), 1, _now);
        log.Record(Failed("a\nleave", 1), 1, _now);
        log.Record(Joined("b", 2), 1, _now);
        RunToEnd(log, 1, 1);

        Assert.Equal("alive: b 10.0.0.2:7946\n", _file.Text);
        Assert.Equal(
            Enumerable.Repeat(
                "Warn serf: Node name with a line feed is not kept in the snapshot: \"a\\nleave\"", 2),
            _told.Lines);
    }

    [Fact]
    public void Nothing_is_due_while_no_clock_moves()
    {
        SnapshotLog log = _file.Open(_told);
        log.Record(Joined("a", 1), 3, _now);
        RunToEnd(log, 3, 1);
        Assert.Equal(Instant.Never, log.NextDeadlineAt(3));

        // A clock that runs is written down twice a second and no more.
        Assert.True(log.NextDeadlineAt(4) <= _now);
        log.Advance(4, _now);
        Assert.Equal(Instant.Never, log.NextDeadlineAt(4));
        Assert.Equal(_now + TimeSpan.FromMilliseconds(500), log.NextDeadlineAt(5));
        RunToEnd(log, 5, 1);
        Assert.Equal("alive: a 10.0.0.1:7946\nclock: 2\nclock: 3\nclock: 4\n", _file.Text);
    }

    [Fact]
    public void After_a_leave_only_the_member_clock_goes_on()
    {
        SnapshotLog log = _file.Open(_told);
        log.Record(Joined("a", 1), 3, _now);
        log.Leave(_now);
        Assert.Equal(1, _file.SyncCount);
        Assert.EndsWith("leave\n", _file.Text, StringComparison.Ordinal);

        log.Record(Joined("b", 2), 4, _now);
        log.RecordUserEvent(9, _now);
        log.RecordQuery(9, _now);
        log.Leave(_now);
        log.Close(4);

        Assert.Equal("alive: a 10.0.0.1:7946\nclock: 2\nleave\nclock: 3\n", _file.Text);
        Assert.Equal(2, _file.SyncCount);
        Assert.Equal(Instant.Never, log.NextDeadlineAt(9));
    }

    [Fact]
    public void A_compaction_after_a_leave_does_not_forget_it()
    {
        SnapshotLog log = _file.Open(_told, compactionSizeMin: 40);
        log.Record(Joined("a", 1), 3, _now);
        log.Leave(_now);
        _file.Report(log, _now);
        for (ulong clock = 4; clock < 200; clock++)
        {
            RunToEnd(log, clock, 1);
        }

        Assert.True(_file.ReplaceCount > 0);
        SnapshotState forgets = _file.Read(rejoinAfterLeave: false);
        Assert.Empty(forgets.KnownPeers());
        Assert.Equal((198UL, 0UL), (forgets.MemberTime, forgets.EventTime));
        Assert.Single(_file.Read(rejoinAfterLeave: true).KnownPeers());
    }

    [Fact]
    public void Two_thousand_times_leave_the_last_ones_in_a_small_file()
    {
        SnapshotLog log = _file.Open(_told, compactionSizeMin: 1024);
        log.Record(Joined("foo", 1), 1, _now);
        for (ulong time = 1; time <= 2048; time++)
        {
            log.RecordUserEvent(time, _now);
            log.RecordQuery(time + 1, _now);
            Run(log, time + 3, 1);
        }

        log.Close(2051);
        Assert.InRange(_file.Bytes.Length, 1, 1100);
        SnapshotState state = _file.Read();
        Assert.Equal((2050UL, 2048UL, 2049UL), (state.MemberTime, state.EventTime, state.QueryTime));
        Assert.Single(state.KnownPeers());
    }

    [Fact]
    public void The_file_may_grow_with_the_number_of_nodes()
    {
        SnapshotLog log = _file.Open(_told, compactionSizeMin: 1000);
        for (int number = 0; number < 1000; number++)
        {
            log.Record(Joined("n" + number, number), 1, _now);
            _file.Report(log, _now);
        }

        Assert.Equal(0, _file.ReplaceCount);
        for (int count = 0; count < 250_000 / 25; count++)
        {
            log.Record(Joined("n1", 1), 1, _now);
            _file.Report(log, _now);
        }

        Assert.Equal(1, _file.ReplaceCount);
    }

    [Fact]
    public void A_torn_tail_is_ended_before_anything_follows()
    {
        MemorySnapshot file = new("alive: a 10.0.0.1:1\n\0\0\0");
        SnapshotLog log = file.Open(_told);
        log.RecordUserEvent(5, _now);
        RunToEnd(log, 1, 1, file);

        Assert.Equal("alive: a 10.0.0.1:1\n\0\0\0\nevent-clock: 5\n", file.Text);
        Assert.Equal(0, file.ReplaceCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tail_that_would_say_something_wrong_is_written_over(bool isFolderLocked)
    {
        MemorySnapshot file = new("alive: web-1 10.0.0.1:1\nclock: 17\nnot-alive: web-1");
        file.ReplaceFault = isFolderLocked ? "permission denied" : null;
        SnapshotLog log = file.Open(_told);
        RunToEnd(log, 1, 1, file);

        Assert.Equal(isFolderLocked ? 0 : 1, file.Read().KnownPeers().Count);
        if (!isFolderLocked)
        {
            Assert.Equal("alive: web-1 10.0.0.1:1\nclock: 17\nevent-clock: 0\nquery-clock: 0\n", file.Text);
        }

        // Whatever became of the tail: what follows is read.
        log.RecordUserEvent(5, _now);
        RunToEnd(log, 1, 1, file);
        Assert.Equal(5UL, file.Read().EventTime);
    }

    [Fact]
    public void Times_that_nobody_can_have_reached_are_neither_believed_nor_kept()
    {
        MemorySnapshot file = new("clock: 18446744073709551615\nevent-clock: 9223372036854775808\nquery-clock: 4\n");
        SnapshotLog log = file.Open(_told);
        Assert.Equal((0UL, 0UL, 4UL), log.Times);
        RunToEnd(log, 3, 1, file);

        Assert.Equal("clock: 2\nevent-clock: 0\nquery-clock: 4\n", file.Text);
    }

    [Fact]
    public void A_full_disk_is_reported_once_and_nothing_is_lost_when_space_returns()
    {
        SnapshotLog log = _file.Open(_told);
        log.Record(Joined("a", 1), 1, _now);
        Run(log, 1, 0);

        _file.AppendFault = "no space left on device";
        _file.ReplaceFault = "no space left on device";
        log.Record(Joined("b", 2), 2, _now);
        RunToEnd(log, 2, 10);
        log.Record(Joined("c", 3), 3, _now);
        log.Record(Left("a"), 4, _now);
        RunToEnd(log, 4, 15);
        Assert.Equal(
            [
                "Err serf: Failed to update snapshot: no space left on device",
                "Err serf: Failed to compact snapshot: no space left on device",
            ],
            _told.Lines);
        Assert.Equal(1, _file.ReplaceCount);
        Assert.Equal("alive: a 10.0.0.1:7946\n", _file.Text);

        _file.AppendFault = null;
        _file.ReplaceFault = null;
        RunToEnd(log, 4, 10);
        Assert.Equal(2, _file.ReplaceCount);
        Assert.Equal(
            "Info serf: Snapshot is complete again, with what 6 lost lines told", _told.Lines[^1]);
        Assert.Equal(0, log.MissedLineCount);
        Assert.Equal(["c", "b"], _file.Read().KnownPeers().Select(peer => peer.Name.ToString()));

        log.RecordUserEvent(3, _now);
        RunToEnd(log, 4, 1);
        Assert.EndsWith("event-clock: 3\n", _file.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void While_the_folder_takes_no_second_file_the_first_is_written_on()
    {
        SnapshotLog log = _file.Open(_told, compactionSizeMin: 100);
        _file.ReplaceFault = "permission denied";
        for (ulong time = 1; time <= 120; time++)
        {
            log.RecordUserEvent(time, _now);
            RunToEnd(log, 1, 1);
        }

        // Tried again every 30 seconds, and not with each line.
        Assert.InRange(_file.ReplaceCount, 3, 5);
        Assert.Equal(120UL, _file.Read().EventTime);
        Assert.Equal(0, log.MissedLineCount);
        Assert.All(_told.Lines, line => Assert.Equal("Err serf: Failed to compact snapshot: permission denied", line));
    }

    [Fact]
    public void A_file_that_others_removed_is_written_again_at_the_end_at_the_latest()
    {
        SnapshotLog log = _file.Open(_told);
        log.Record(Joined("a", 1), 1, _now);
        RunToEnd(log, 1, 1);
        log.WentMissing(_now);
        RunToEnd(log, 1, 1);
        Assert.Equal(1, _file.ReplaceCount);

        // Twice in a short time: the second time waits.
        log.WentMissing(_now);
        RunToEnd(log, 1, 1);
        Assert.Equal(1, _file.ReplaceCount);
        log.Close(1);

        Assert.Equal(2, _file.ReplaceCount);
    }

    [Fact]
    public void A_disk_that_does_not_keep_up_is_told_and_made_up_for()
    {
        SnapshotLog log = _file.Open(_told);
        _file.IsFull = true;
        log.RecordUserEvent(1, _now);
        Run(log, 1, 0);

        Assert.Equal("Err serf: Failed to update snapshot: too many lines wait for the disk", _told.Lines[0]);
        Assert.Equal("Info serf: Snapshot is complete again, with what 1 lost lines told", _told.Lines[1]);
        Assert.Equal(1UL, _file.Read().EventTime);
    }

    [Fact]
    public void Lines_lost_behind_a_new_content_are_made_up_for_by_the_next()
    {
        SnapshotLog log = _file.Open(_told, compactionSizeMin: 10);
        log.RecordUserEvent(1, _now);
        Assert.Equal(1, _file.ReplaceCount);
        _file.IsFull = true;
        log.RecordUserEvent(2, _now);
        log.Advance(1, _now + TimeSpan.FromSeconds(1));
        _file.IsFull = false;

        RunToEnd(log, 1, 40);

        Assert.Equal(2UL, _file.Read().EventTime);
        Assert.Equal(0, log.MissedLineCount);
    }

    [Fact]
    public void A_file_that_others_removed_is_written_again()
    {
        SnapshotLog log = _file.Open(_told);
        log.Record(Joined("a", 1), 1, _now);
        RunToEnd(log, 1, 1);

        log.WentMissing(_now);
        RunToEnd(log, 1, 1);

        Assert.Equal(1, _file.ReplaceCount);
        Assert.Single(_file.Read().KnownPeers());
        Assert.Equal("Warn serf: Snapshot was removed, replaced or cut by others, it is written again", _told.Lines[^1]);
    }

    [Fact]
    public void At_the_end_one_more_attempt_is_made_to_write_what_was_lost()
    {
        SnapshotLog log = _file.Open(_told);
        _file.AppendFault = "input/output error";
        _file.ReplaceFault = "input/output error";
        log.Record(Joined("a", 1), 4, _now);
        RunToEnd(log, 4, 1);
        Assert.Equal("", _file.Text);

        _file.AppendFault = null;
        _file.ReplaceFault = null;
        log.Close(4);

        Assert.Equal("alive: a 10.0.0.1:7946\nclock: 3\nevent-clock: 0\nquery-clock: 0\n", _file.Text);
    }

    [Fact]
    public void Recording_an_event_allocates_nothing()
    {
        SnapshotLog log = _file.Open(_told, compactionSizeMin: long.MaxValue);
        ulong time = 1;
        void Burst()
        {
            for (int count = 0; count < 100; count++)
            {
                log.RecordUserEvent(++time, _now);
                log.RecordQuery(++time, _now);
            }
        }

        Burst();
        Run(log, 1, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Burst();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static MemberEvent Joined(string name, int host) => Of(SerfEventKind.MemberJoin, name, host);

    private static MemberEvent Failed(string name, int host = 0) => Of(SerfEventKind.MemberFailed, name, host);

    private static MemberEvent Left(string name) => Of(SerfEventKind.MemberLeave, name, 0);

    private static MemberEvent Of(SerfEventKind kind, string name, int host)
    {
        NodeAddress address = host == 0 ? default : NodeAddress.FromIPv4(0x0A000000 + (uint)host, 7946);
        return new MemberEvent(
            kind, [new MemberInfo(ByteString.FromText(name), address, Tags.Empty, MemberStatus.Alive, default)]);
    }

    private void Run(SnapshotLog log, ulong clock, double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        log.Advance(clock, _now);
        _file.Report(log, _now);
        log.Advance(clock, _now);
        _file.Report(log, _now);
    }

    private void RunToEnd(SnapshotLog log, ulong clock, double seconds, MemorySnapshot? file = null)
    {
        Instant end = _now + TimeSpan.FromSeconds(seconds);
        (file ?? _file).Report(log, _now);
        while (log.NextDeadlineAt(clock) <= end)
        {
            Instant next = log.NextDeadlineAt(clock);
            _now = next > _now ? next : _now;
            log.Advance(clock, _now);
            (file ?? _file).Report(log, _now);
        }

        _now = end;
    }
}
