using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serf.Agent.Logging;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent.Logging;

public sealed class LogRingTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(511, 511)]
    [InlineData(512, 512)]
    [InlineData(513, 512)]
    [InlineData(1500, 512)]
    public void A_listener_gets_the_last_512_lines_oldest_first(int count, int kept)
    {
        LogRing ring = new();
        Add(ring, 0, count);
        Listener listener = new();

        ring.Subscribe(listener);

        Assert.Equal(Numbers(count - kept, kept), listener.Lines);
    }

    [Fact]
    public void New_lines_follow_the_old_ones_until_the_listener_is_gone()
    {
        LogRing ring = new(3);
        Listener first = new();
        Listener second = new();
        Add(ring, 0, 4);
        ring.Subscribe(first);
        Add(ring, 4, 2);
        ring.Subscribe(second);
        Add(ring, 6, 1);
        ring.Unsubscribe(first);
        ring.Unsubscribe(first);
        Add(ring, 7, 1);

        Assert.Equal(Numbers(1, 6), first.Lines);
        Assert.Equal(Numbers(3, 5), second.Lines);
    }

    private static void Add(LogRing ring, int start, int count)
    {
        foreach (string line in Numbers(start, count))
        {
            ring.Add(LogLevel.Info, line);
        }
    }

    private static IEnumerable<string> Numbers(int start, int count) =>
        Enumerable.Range(start, count).Select(number => number.ToString(CultureInfo.InvariantCulture));

    private sealed class Listener : ILogListener
    {
        public List<string> Lines { get; } = [];

        public void Accept(LogLevel level, string line) => Lines.Add(line);
    }
}
