using System.Collections.Generic;
using System.Linq;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Primitives;

public sealed class DeadlineIndexTests
{
    [Fact]
    public void The_earliest_entry_is_found_whatever_was_set_moved_and_removed()
    {
        DeadlineIndex<Entry> index = new();
        List<Entry> model = [];
        Entry[] entries = [.. Enumerable.Range(0, 100).Select(_ => new Entry())];
        Prng prng = new(5);
        for (int step = 0; step < 20_000; step++)
        {
            Entry entry = entries[prng.Next(entries.Length)];
            model.Remove(entry);
            if (prng.Next(3) == 0)
            {
                index.Remove(entry);
                Assert.Equal(Instant.Never, entry.Deadline);
            }
            else
            {
                index.Set(entry, new Instant(prng.Next(50)));
                model.Add(entry);
            }

            Assert.Equal(model.Count, index.Count);
            Assert.Same(model.OrderBy(item => item.Deadline).FirstOrDefault(), index.First);
            Assert.Equal(index.First?.Deadline ?? Instant.Never, index.Earliest);
        }
    }

    private sealed class Entry : DeadlineEntry;
}
