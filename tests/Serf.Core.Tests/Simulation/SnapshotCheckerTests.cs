using System;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Simulation;
using Serf.Simulation.Checkers;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Simulation;

/// <summary>The checkers of snapshots: each has a test in which it must complain.</summary>
public sealed class SnapshotCheckerTests
{
    private const string Recorded =
        "alive: n1 10.0.0.2:7946\nclock: 5\nevent-clock: 6\nquery-clock: 7\nalive: n2 10.0.0.3:7946\n"
        + "not-alive: n1\n# failed: n1 10.0.0.2:7946\n";

    [Fact]
    public void A_snapshot_that_replays_to_what_was_recorded_is_fine_torn_or_not()
    {
        Assert.Null(Check(Recorded, Recorded));
        Assert.Null(Check(Recorded + "alive: n3 10.0", Recorded + "alive: n3 10.0"));
        Assert.Null(Check(Recorded + "\0\0\0\0", Recorded + "\0\0\0\0"));
    }

    [Theory]
    [InlineData("clock: 6\n")]
    [InlineData("event-clock: 7\n")]
    [InlineData("query-clock: 8\n")]
    [InlineData("alive: n3 10.0.0.4:7946\n")]
    [InlineData("not-alive: n2\n")]
    [InlineData("alive: n2 10.0.0.9:7946\n")]
    public void A_line_that_is_not_taken_is_found(string missed)
    {
        Assert.Contains("instead of", Check(Recorded + missed, Recorded));
        Assert.Contains("instead of", Check(Recorded, Recorded + missed));
    }

    [Fact]
    public void A_clock_behind_what_was_on_the_disk_is_found()
    {
        SnapshotChecker checker = new();
        checker.Synced(Encoding.UTF8.GetBytes(Recorded));
        byte[] shorter = Encoding.UTF8.GetBytes("clock: 4\nevent-clock: 6\nquery-clock: 7\n");

        Assert.Contains("was on the disk", checker.Replayed(shorter, true, Read(shorter)));
        Assert.Null(new SnapshotChecker().Replayed(shorter, true, Read(shorter)));
    }

    [Fact]
    public void An_event_that_was_recorded_in_an_earlier_life_is_found_when_it_comes_again()
    {
        SimHost host = BackFrom("clock: 5\nevent-clock: 6\nquery-clock: 7\n");
        ISerfEffects effects = host;

        effects.Deliver(new UserEvent(7, ByteString.FromText("deploy"), [], coalesce: false));
        SimFailureException again = Assert.Throws<SimFailureException>(() => effects.Deliver(
            new UserEvent(6, ByteString.FromText("deploy"), [], coalesce: false)));

        Assert.Contains("6 was recorded", again.Message);
    }

    [Fact]
    public void A_query_that_was_recorded_in_an_earlier_life_is_found_when_it_comes_again()
    {
        ISerfEffects effects = BackFrom("clock: 5\nevent-clock: 6\nquery-clock: 7\n");
        QueryEvent old = new(
            7, 1, ByteString.FromText("load"), [], SimHost.NameOf(1), default, 0, Instant.Never);

        Assert.Contains(
            "7 was recorded", Assert.Throws<SimFailureException>(() => effects.Deliver(old)).Message);
    }

    private static string? Check(string recorded, string taken)
    {
        byte[] content = Encoding.UTF8.GetBytes(recorded);
        return new SnapshotChecker().Replayed(
            content, rejoinAfterLeave: true, Read(Encoding.UTF8.GetBytes(taken)));
    }

    private static SnapshotState Read(byte[] content)
    {
        SnapshotReader reader = new(rejoinAfterLeave: true, new SimHostLog());
        reader.Read(content);
        return reader.Finish();
    }

    private static SimHost BackFrom(string content)
    {
        SimWorld world = new(1);
        SimDisk disk = new(world, Encoding.UTF8.GetBytes(content));
        return new SimHost(world, 0, NodeAddress.FromIPv4(0x0A000001, 7946), Tags.Empty, 1, disk);
    }

    private sealed class SimHostLog : ILog
    {
        public void Write(LogLevel level, string text) => ArgumentNullException.ThrowIfNull(text);
    }
}
