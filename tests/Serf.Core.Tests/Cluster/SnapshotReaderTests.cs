using System;
using System.Globalization;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Cluster;

public sealed class SnapshotReaderTests
{
    private readonly RecordingEffects _told = new();

    [Fact]
    public void Lines_that_cannot_be_used_are_named_in_the_words_of_the_original()
    {
        Read("bogus: 1\n\nalive: web-1\nclock: x\nevent-clock: 1.5\nquery-clock: \nclock: 18446744073709551616\nleave \n");

        Assert.Equal(
            [
                "Warn serf: Unrecognized snapshot line: bogus: 1",
                "Warn serf: Unrecognized snapshot line: ",
                "Warn serf: Failed to parse address: alive: web-1",
                "Warn serf: Failed to convert clock time: strconv.ParseUint: parsing \"x\": invalid syntax",
                "Warn serf: Failed to convert event clock time: strconv.ParseUint: parsing \"1.5\": invalid syntax",
                "Warn serf: Failed to convert query clock time: strconv.ParseUint: parsing \"\": invalid syntax",
                "Warn serf: Failed to convert clock time: strconv.ParseUint: parsing \"18446744073709551616\": value out of range",
                "Warn serf: Unrecognized snapshot line: leave ",
            ],
            _told.Lines);
    }

    [Fact]
    public void Each_leave_that_is_passed_over_is_told()
    {
        SnapshotState state = Read("alive: a 10.0.0.1:1\nleave\nalive: b 10.0.0.2:1\nleave\n", rejoins: true);

        Assert.Equal(Enumerable.Repeat("Info serf: Ignoring previous leave in snapshot", 2), _told.Lines);
        Assert.Equal(["a", "b"], state.KnownPeers().Select(peer => peer.Name.ToString()));
    }

    [Fact]
    public void A_number_cut_short_does_not_turn_a_clock_back()
    {
        // "event-clock: 187" was being written; a later run ended the line.
        SnapshotState state = Read("event-clock: 186\nevent-clock: 18\n");

        Assert.Equal(186UL, state.EventTime);
    }

    [Theory]
    [InlineData(false, 3UL, 0UL)]
    [InlineData(true, 3UL, 9UL)]
    public void After_a_leave_a_clock_begins_anew(bool rejoins, ulong member, ulong happened)
    {
        SnapshotState state = Read("clock: 17\nevent-clock: 9\nleave\nclock: 3\nclock: 2\n", rejoins);

        Assert.Equal(member, state.MemberTime);
        Assert.Equal(happened, state.EventTime);
    }

    [Fact]
    public void Failed_nodes_come_behind_the_alive_ones_until_they_are_back_or_have_left()
    {
        SnapshotState state = Read(
            "alive: a 10.0.0.1:1\nalive: b c 10.0.0.2:2\nalive: d [2001:db8::4]:4\nalive: e 10.0.0.5:5\n"
            + "not-alive: b c\n# failed: b c 10.0.0.2:2\nnot-alive: d\n# failed: d [2001:db8::4]:4\n"
            + "not-alive: e\n# failed: e 10.0.0.5:5\nalive: d [2001:db8::4]:4\nnot-alive: e\n"
            + "# failed: no address\n# failed:\n# failed in another sense\n");

        Assert.Equal(
            ["a 10.0.0.1:1", "d [2001:db8::4]:4", "b c 10.0.0.2:2"],
            state.KnownPeers().Select(peer => $"{peer.Name} {peer.Address}"));
        Assert.Equal(0, state.WarningCount);
    }

    [Fact]
    public void A_leave_forgets_the_failed_nodes_too()
    {
        const string Text = "# failed: b 10.0.0.2:2\nleave\n";

        Assert.Empty(Read(Text).KnownPeers());
        Assert.Single(Read(Text, rejoins: true).KnownPeers());
    }

    [Theory]
    [InlineData("10.0.0.1:7946", true)]
    [InlineData("[::1]:7946", true)]
    [InlineData(":7946", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("10.0.0.1:", false)]
    [InlineData("10.0.0.1:0", false)]
    [InlineData("10.0.0.1:65536", false)]
    [InlineData("10.0.0.1:+5", false)]
    [InlineData("10.0.0.1:7946\r", false)]
    [InlineData("[10.0.0.1]:7946", false)]
    [InlineData("::1:7946", false)]
    [InlineData("[fe80::1%25eth0]:7946", false)]
    [InlineData("[]:7946", false)]
    [InlineData("host:7946", false)]
    [InlineData("1111111111111111111111111111111111111111111111111111111111111111111111111111:1", false)]
    public void Only_what_is_an_address_is_joined(string address, bool isKnown)
    {
        SnapshotState state = Read($"alive: a {address}\n");

        Assert.Single(state.Peers.Alive);
        Assert.Equal(isKnown ? 1 : 0, state.KnownPeers().Count);
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData("leave", true, true)]
    [InlineData("clock: 1", true, true)]
    [InlineData("alive: a 10.0.0.1:79", true, true)]
    [InlineData("not-alive: web-1", true, true)]
    [InlineData("# fail", true, true)]
    [InlineData("\0\0\0\0\0\0", true, false)]
    [InlineData("clo", true, false)]
    [InlineData("{ \"a\": 1 }", true, false)]
    public void A_torn_tail_is_not_read_and_known_by_what_it_would_become(string tail, bool isTorn, bool mustRewrite)
    {
        SnapshotState state = Read("alive: a 10.0.0.1:1\nclock: 5\n" + tail);

        Assert.Equal(isTorn, state.HasTornTail);
        Assert.Equal(mustRewrite, state.MustRewrite);
        Assert.Equal(5UL, state.MemberTime);
        Assert.Single(state.Peers.Alive);
        Assert.Equal(0, state.WarningCount);
    }

    [Fact]
    public void A_run_of_zero_bytes_spoils_the_line_it_stands_in_and_no_other()
    {
        SnapshotState state = Read(
            "clock: 5\n" + new string('\0', 300_000) + "\n\0\0clock: 9\nevent-clock: 3\n");

        Assert.Equal(5UL, state.MemberTime);
        Assert.Equal(3UL, state.EventTime);
        Assert.Equal(2, state.WarningCount);
        Assert.All(_told.Lines, line => Assert.True(line.Length < 300, "a line of " + line.Length));
    }

    [Fact]
    public void A_line_without_end_takes_no_memory()
    {
        SnapshotReader reader = new(false, _told);
        byte[] piece = new byte[32 * 1024];
        reader.Read(piece);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int count = 0; count < 10_000; count++)
        {
            reader.Read(piece);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 4 * Limits.SnapshotLineSizeMax, $"{allocated} bytes");
        Assert.True(reader.Finish().HasTornTail);
    }

    [Fact]
    public void Complaints_are_counted_and_only_the_first_are_written()
    {
        SnapshotState state = Read(string.Concat(Enumerable.Repeat("rubbish\n", 100_000)));

        Assert.Equal(100_000, state.WarningCount);
        Assert.Equal(Limits.SnapshotWarningCountMax + 1, _told.Lines.Count);
        Assert.Equal(
            "Warn serf: 100000 snapshot lines could not be used; the first are named above", _told.Lines[^1]);
    }

    [Fact]
    public void Names_without_end_are_refused_above_the_limit()
    {
        string name = new('n', Limits.SnapshotLineSizeMax - 100);
        StringBuilder text = new();
        for (int number = 0; number < 2 * Limits.SnapshotPeersSizeMax / name.Length; number++)
        {
            text.Append(CultureInfo.InvariantCulture, $"alive: {number}{name} 10.0.0.1:1\n");
        }

        SnapshotState state = Read(text.ToString());

        Assert.InRange(state.Peers.Alive.Sum(peer => (long)peer.Name.Length), 1, Limits.SnapshotPeersSizeMax);
        Assert.True(state.WarningCount > 100);
    }

    [Fact]
    public void Of_failed_nodes_the_last_are_remembered()
    {
        string text = string.Concat(Enumerable.Range(0, 3000).Select(number => $"# failed: n{number} 10.0.0.1:1\n"));

        SnapshotState state = Read(text);

        Assert.Equal(Limits.SnapshotFailedCountMax, state.Peers.Failed.Count);
        Assert.Equal("n2999", state.Peers.Failed[^1].Name.ToString());
        Assert.Equal(Limits.SnapshotFailedCountMax, state.Peers.Count);
    }

    private SnapshotState Read(string text, bool rejoins = false)
    {
        SnapshotReader reader = new(rejoins, _told);
        reader.Read(Encoding.UTF8.GetBytes(text));
        return reader.Finish();
    }
}
