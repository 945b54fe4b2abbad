using System;
using Serf.Host;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Host;

public sealed class MemoryTrimTests
{
    private const long Small = 1024 * 1024;
    private const long Large = 4 * Limits.HeapSizeKept;

    private static readonly Instant _start = new(1_000_000_000);

    private long _heapSize = Small;
    private long _liveSize = Small;
    private int _collectCount;
    private int _runCount;

    [Fact]
    public void A_small_heap_is_left_alone()
    {
        MemoryTrim trim = Trim();

        trim.StreamEnded(_start);

        Assert.Equal(Instant.Never, trim.NextDeadline);
    }

    [Fact]
    public void A_heap_that_a_stream_made_large_is_collected_once_and_a_while_later()
    {
        MemoryTrim trim = Trim();
        _heapSize = Large;

        trim.StreamEnded(_start);
        trim.Advance(_start);
        Assert.Equal(0, _collectCount);

        trim.Advance(trim.NextDeadline);
        Assert.Equal(1, _collectCount);
        Assert.InRange(_heapSize, 0, Small);
    }

    // What still lived then may be garbage a while later, and nothing else tells.
    [Fact]
    public void After_a_collection_there_is_one_more_and_then_rest()
    {
        MemoryTrim trim = Trim();
        _liveSize = Large;
        _heapSize = 2 * Large;
        trim.StreamEnded(_start);
        trim.Advance(trim.NextDeadline);
        Assert.NotEqual(Instant.Never, trim.NextDeadline);
        _liveSize = Small;

        trim.Advance(trim.NextDeadline);

        Assert.Equal(2, _collectCount);
        Assert.Equal(Instant.Never, trim.NextDeadline);
        Assert.Equal(Small, _heapSize);
    }

    [Fact]
    public void A_small_heap_is_collected_when_the_collector_has_run_and_is_quiet_again()
    {
        MemoryTrim trim = Trim();
        trim.Advance(_start);
        Assert.Equal(Instant.Never, trim.NextDeadline);
        Instant now = _start;
        for (int burst = 0; burst < 10; burst++)
        {
            _runCount++;
            trim.Advance(now);
            Assert.Equal(0, _collectCount);
            now += TimeSpan.FromSeconds(1);
        }

        trim.Advance(trim.NextDeadline);
        Assert.Equal(1, _collectCount);
    }

    [Fact]
    public void Under_load_that_does_not_end_a_heap_is_collected_now_and_then()
    {
        MemoryTrim trim = Trim();
        Instant now = _start;
        for (int second = 0; second < 95; second++)
        {
            _runCount++;
            trim.Advance(now);
            now += TimeSpan.FromSeconds(1);
        }

        Assert.Equal(3, _collectCount);
    }

    [Fact]
    public void What_was_collected_meanwhile_is_not_collected_again()
    {
        MemoryTrim trim = Trim();
        _heapSize = Large;
        trim.StreamEnded(_start);
        _heapSize = Small;

        trim.Advance(trim.NextDeadline);

        Assert.Equal(0, _collectCount);
    }

    [Fact]
    public void Collections_keep_a_distance_however_many_streams_end()
    {
        MemoryTrim trim = Trim();
        Instant now = _start;
        for (int stream = 0; stream < 600; stream++)
        {
            _heapSize = Large;
            trim.StreamEnded(now);
            trim.Advance(now);
            now += TimeSpan.FromMilliseconds(100);
        }

        Assert.Equal(2, _collectCount);
    }

    [Fact]
    public void What_lives_is_not_taken_for_garbage()
    {
        MemoryTrim trim = Trim();
        _liveSize = Large;
        _heapSize = 2 * Large;
        trim.StreamEnded(_start);
        trim.Advance(trim.NextDeadline);
        Assert.Equal(1, _collectCount);

        trim.Advance(trim.NextDeadline);
        _heapSize = 2 * Large;
        trim.StreamEnded(_start + TimeSpan.FromMinutes(2));

        Assert.Equal(Instant.Never, trim.NextDeadline);
    }

    // What lived then may have been the bytes of another stream.
    [Fact]
    public void What_lived_once_is_not_believed_for_good()
    {
        MemoryTrim trim = Trim();
        _liveSize = Large;
        _heapSize = 2 * Large;
        trim.StreamEnded(_start);
        trim.Advance(trim.NextDeadline);

        Instant later = _start + TimeSpan.FromMinutes(6);
        trim.StreamEnded(later);

        Assert.NotEqual(Instant.Never, trim.NextDeadline);
    }

    private MemoryTrim Trim() => new(() => _heapSize, () => _runCount, () =>
    {
        _collectCount++;
        _heapSize = _liveSize;
    });
}
