using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

/// <summary>The queue beside the plainest thing that could do the same: a list, sorted again for every
/// message.</summary>
public sealed class BroadcastQueueTests
{
    private const int CountMax = 300;

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 5000)]
    [InlineData(3, 100_000)]
    public void It_does_what_a_list_sorted_anew_would_do(ulong seed, int nodeCount)
    {
        Prng prng = new(seed);
        BroadcastQueue queue = new(4, CountMax, observer: null);
        SortedModel model = new(4 * (int)Math.Ceiling(Math.Log10(nodeCount + 1)));
        int tiersSeen = 0;
        for (int step = 0; step < 6000; step++)
        {
            int draw = prng.Next(step % 1000 < 500 ? 10 : 30);
            if (draw < 8)
            {
                byte[] message = new byte[1 + prng.Next(60)];
                BitConverter.TryWriteBytes(message.AsSpan(), (ushort)step);
                ByteString name = draw < 4 ? default : ByteString.FromText($"n{prng.Next(200)}");
                queue.Add(message, name);
                model.Add(message, name);
            }
            else if (draw == 8 && prng.Next(50) == 0)
            {
                int left = prng.Next(CountMax);
                queue.Prune(left);
                model.Prune(left);
            }
            else
            {
                Sink sink = new();
                int limit = prng.Next(500);
                int used = queue.Take(2, limit, nodeCount, 12, sink);

                Assert.Equal(model.Take(2, limit, 12), sink.Messages);
                Assert.Equal(sink.Messages.Sum(message => 2 + (message.Length / 2)), used);
            }

            Assert.Equal(model.Count, queue.Count);
            tiersSeen = Math.Max(tiersSeen, model.TierCount);
        }

        Assert.True(tiersSeen > 4);
        Assert.True(queue.DroppedCount > 0);
        Assert.Equal(model.DroppedCount, queue.DroppedCount);
    }

    private sealed class Sink : IBroadcastSink
    {
        public List<string> Messages { get; } = [];

        public void Add(ReadOnlySpan<byte> message) => Messages.Add(Convert.ToHexString(message));
    }

    private sealed class SortedModel(int transmitLimit)
    {
        private readonly List<Item> _items = [];
        private long _lastId;

        public int Count => _items.Count;

        public long DroppedCount { get; private set; }

        public int TierCount => _items.Select(item => item.Transmissions).Distinct().Count();

        public void Add(byte[] message, ByteString name)
        {
            _items.RemoveAll(item => !name.IsEmpty && item.Name == name);
            if (_items.Count == CountMax)
            {
                _items.RemoveAt(CountMax - 1);
                DroppedCount++;
            }

            _items.Add(new Item(message, name, ++_lastId));
            Sort();
        }

        public void Prune(int left) => _items.RemoveRange(Math.Min(left, Count), Count - Math.Min(left, Count));

        public List<string> Take(int overhead, int limit, int countMax)
        {
            List<Item> taken = [];
            foreach (Item item in _items)
            {
                if (taken.Count < countMax && overhead + item.Message.Length <= limit)
                {
                    taken.Add(item);
                    limit -= overhead + item.Message.Length;
                }
            }

            taken.ForEach(item => item.Transmissions++);
            _items.RemoveAll(item => item.Transmissions >= transmitLimit);
            Sort();
            return [.. taken.Select(item => Convert.ToHexString(item.Message))];
        }

        private void Sort()
        {
            List<Item> sorted = [.. _items.OrderBy(item => item.Transmissions)
                .ThenByDescending(item => item.Message.Length).ThenByDescending(item => item.Id)];
            _items.Clear();
            _items.AddRange(sorted);
        }

        private sealed class Item(byte[] message, ByteString name, long id)
        {
            public byte[] Message => message;

            public ByteString Name => name;

            public long Id => id;

            public int Transmissions { get; set; }
        }
    }
}
