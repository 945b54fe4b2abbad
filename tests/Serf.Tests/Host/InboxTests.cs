using System;
using System.Diagnostics;
using System.Threading;
using Serf.Host;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Host;

public sealed class InboxTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Items_come_out_in_the_order_they_went_in()
    {
        Inbox inbox = new(8);
        NullTarget target = new();
        for (int round = 0; round < 5; round++)
        {
            for (int number = 0; number < 8; number++)
            {
                Assert.True(inbox.TryPost(new InboxItem(target, number)));
            }

            Assert.False(inbox.TryPost(new InboxItem(target, 8)));
            for (int number = 0; number < 8; number++)
            {
                Assert.True(inbox.TryTake(out InboxItem item));
                Assert.Equal(number, item.Kind);
            }

            Assert.False(inbox.TryTake(out _));
        }

        Assert.Equal(5, inbox.RefusedCount);
    }

    [Fact]
    public void Datagrams_leave_room_for_what_must_not_be_lost()
    {
        Inbox inbox = new(8, packetCountMax: 3);
        NullTarget target = new();
        for (int number = 0; number < 3; number++)
        {
            Assert.True(inbox.TryPostPacket(new InboxItem(target, number)));
        }

        Assert.False(inbox.TryPostPacket(new InboxItem(target, 3)));
        for (int number = 3; number < 8; number++)
        {
            Assert.True(inbox.TryPost(new InboxItem(target, number)));
        }

        Assert.Equal(1, inbox.RefusedCount);
        for (int number = 0; number < 8; number++)
        {
            Assert.True(inbox.TryTake(out InboxItem item));
            Assert.Equal(number, item.Kind);
        }
    }

    [Fact]
    public void A_wait_ends_with_its_time()
    {
        Inbox inbox = new(8);
        long start = Stopwatch.GetTimestamp();

        inbox.Wait(TimeSpan.FromMilliseconds(20));

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 15, 10_000);
    }

    [Fact]
    public void A_wait_ends_at_once_when_an_item_is_there()
    {
        Inbox inbox = new(8);
        inbox.TryPost(new InboxItem(new NullTarget(), 0));
        long start = Stopwatch.GetTimestamp();

        inbox.Wait(Patience);

        Assert.True(Stopwatch.GetElapsedTime(start) < Patience / 2);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 4)]
    [InlineData(1024, 3)]
    public void Several_producers_that_wait_for_room_lose_nothing_and_keep_their_order(int capacity, int producerCount)
    {
        const int Each = 100_000;
        Inbox inbox = new(capacity);
        NullTarget target = new();
        Thread[] producers = new Thread[producerCount];
        for (int producer = 0; producer < producerCount; producer++)
        {
            ushort port = (ushort)producer;
            producers[producer] = new Thread(() =>
            {
                NodeAddress source = NodeAddress.FromIPv4(1, port);
                for (int number = 0; number < Each; number++)
                {
                    inbox.Post(new InboxItem(target, number, Source: source));
                }
            });
            producers[producer].Start();
        }

        int[] next = new int[producerCount];
        int taken = 0;
        long start = Stopwatch.GetTimestamp();
        while (taken < producerCount * Each)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "a wake-up was lost");
            if (!inbox.TryTake(out InboxItem item))
            {
                // Longer than the whole test may take: a lost wake-up shows.
                inbox.Wait(Patience);
                continue;
            }

            Assert.Equal(next[item.Source.Port]++, item.Kind);
            taken++;
        }

        foreach (Thread producer in producers)
        {
            Assert.True(producer.Join(Patience));
        }

        Assert.False(inbox.TryTake(out _));
    }

    [Fact]
    public void A_sleeping_consumer_is_woken_by_every_single_item()
    {
        Inbox there = new(4);
        Inbox back = new(4);
        NullTarget target = new();
        Thread echo = new(() =>
        {
            for (int number = 0; number < 20_000; number++)
            {
                back.Post(TakeOne(there));
            }
        });
        echo.Start();
        for (int number = 0; number < 20_000; number++)
        {
            there.Post(new InboxItem(target, number));
            Assert.Equal(number, TakeOne(back).Kind);
        }

        Assert.True(echo.Join(Patience));
    }

    [Fact]
    public void Closing_lets_a_waiting_producer_go()
    {
        Inbox inbox = new(2);
        NullTarget target = new();
        inbox.TryPost(new InboxItem(target, 0));
        inbox.TryPost(new InboxItem(target, 1));
        Thread producer = new(() => inbox.Post(new InboxItem(target, 2)));
        producer.Start();

        inbox.Close();

        Assert.True(producer.Join(Patience));
    }

    private static InboxItem TakeOne(Inbox inbox)
    {
        long start = Stopwatch.GetTimestamp();
        InboxItem item;
        while (!inbox.TryTake(out item))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "a wake-up was lost");
            inbox.Wait(Patience);
        }

        return item;
    }

    private sealed class NullTarget : InboxTarget
    {
        protected internal override void Process(in InboxItem item, Instant now)
        {
        }
    }
}
