using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using Serf.Agent;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class TagChangesTests : IDisposable
{
    private readonly SemaphoreSlim _disk = new(0);
    private readonly BlockingCollection<Action<Instant>> _posted = [];
    private readonly List<string> _done = [];
    private readonly TagChanges _changes;
    private string? _fault;
    private string _current = "0";

    public TagChangesTests() => _changes = new TagChanges(
        tags => !Text(tags).StartsWith("long", StringComparison.Ordinal), Save, _posted.Add);

    public void Dispose()
    {
        _disk.Dispose();
        _posted.Dispose();
    }

    [Fact]
    public void Nobody_waits_for_the_disk_and_each_change_builds_on_the_one_before()
    {
        Begin(() => _current + "1");
        Begin(() => _current + "2");
        Assert.Empty(_done);

        Finish();
        Assert.Equal(["01 saved"], _done);
        Finish();
        Assert.Equal(["01 saved", "012 saved"], _done);
        Begin(() => _current + "3");
        Finish();
        Assert.Equal("0123", _current);
    }

    [Fact]
    public void What_cannot_be_saved_is_not_made_and_the_next_one_is()
    {
        _fault = "disk full";
        Begin(() => _current + "1");
        Begin(() => _current + "2");

        Finish();
        _fault = null;
        Finish();

        Assert.Equal(["disk full", "02 saved"], _done);
    }

    [Fact]
    public void What_no_node_takes_is_not_saved_and_has_its_turn()
    {
        Begin(() => "long");
        Assert.Equal(["long saved"], _done);

        Begin(() => "a");
        Begin(() => "long b");
        Begin(() => "c");
        Finish();
        Finish();

        Assert.Equal(["long saved", "a saved", "long b saved", "c saved"], _done);
    }

    [Fact]
    public void Only_so_many_wait()
    {
        for (int count = 0; count <= Limits.TagChangeCountMax; count++)
        {
            Begin(() => _current + "x");
        }

        Assert.Equal(["too many changes of the tags wait for the disk"], _done);
        for (int count = 0; count < Limits.TagChangeCountMax; count++)
        {
            Finish();
        }

        Assert.Equal(Limits.TagChangeCountMax + 1, _current.Length);
    }

    private static string Text(Tags tags) => tags["v"u8].ToString();

    private void Begin(Func<string> change) => _changes.Begin(
        () => Tags.From([new(ByteString.FromText("v"), ByteString.FromText(change()))]),
        (tags, error, _) =>
        {
            _current = error is null ? Text(tags) : _current;
            _done.Add(error ?? Text(tags) + " saved");
        },
        default);

    private string? Save(Tags tags)
    {
        _disk.Wait(TimeSpan.FromSeconds(30));
        return _fault;
    }

    private void Finish()
    {
        _disk.Release();
        Assert.True(_posted.TryTake(out Action<Instant>? report, TimeSpan.FromSeconds(30)));
        report(default);
    }
}
