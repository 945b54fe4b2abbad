using System;
using System.Collections.Generic;
using System.Net.Sockets;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Host;

/// <summary>Time is the test's; what the listener tells comes from the test too.</summary>
public sealed class AcceptLoopTests
{
    private static readonly Instant _start = new(1_000_000_000);

    [Fact]
    public void A_lasting_failure_is_tried_again_after_pauses_that_double_to_a_second()
    {
        using Bed bed = new();
        List<double> pauses = [];
        Instant now = _start;
        for (int failure = 0; failure < 11; failure++)
        {
            bed.Fail(now);
            pauses.Add((bed.Loop.NextDeadline - now).TotalMilliseconds);
            now = bed.Loop.NextDeadline;
            bed.Loop.Advance(now);
            Assert.Equal(Instant.Never, bed.Loop.NextDeadline);
        }

        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000], pauses);
        Assert.Equal(11, bed.Told.Count);
    }

    [Fact]
    public void Four_seconds_of_failure_make_between_nine_and_thirteen_attempts_and_each_is_told()
    {
        using Bed bed = new();
        Instant now = _start;
        int attempts = 0;
        while (now <= _start + TimeSpan.FromSeconds(4))
        {
            attempts++;
            bed.Fail(now);
            now = bed.Loop.NextDeadline;
            bed.Loop.Advance(now);
        }

        Assert.InRange(attempts, 9, 13);
        Assert.Equal(attempts, bed.Told.Count);
        Assert.All(bed.Told, reason => Assert.Equal(Bed.Reason, reason));
    }

    [Fact]
    public void The_loop_waits_until_its_deadline()
    {
        using Bed bed = new();
        bed.Fail(_start);
        Instant deadline = bed.Loop.NextDeadline;

        bed.Loop.Advance(deadline + TimeSpan.FromMilliseconds(-1));

        Assert.Equal(deadline, bed.Loop.NextDeadline);
    }

    [Fact]
    public void A_success_makes_the_pauses_short_again()
    {
        using Bed bed = new();
        bed.Fail(_start);
        bed.Fail(_start);
        bed.Fail(_start);
        Assert.Equal(_start + TimeSpan.FromMilliseconds(20), bed.Loop.NextDeadline);

        bed.Succeed(_start);
        bed.Fail(_start);

        Assert.Equal(_start + TimeSpan.FromMilliseconds(5), bed.Loop.NextDeadline);
        Assert.Equal(1, bed.AcceptedCount);
    }

    [Fact]
    public void A_failure_that_comes_and_goes_is_told_a_few_times_each_second()
    {
        using Bed bed = new();
        for (int round = 0; round < 100; round++)
        {
            bed.Fail(_start);
            bed.Succeed(_start);
        }

        Assert.Equal(Limits.AcceptFailureLogCountMax, bed.Told.Count);
        bed.Fail(_start + TimeSpan.FromSeconds(1));
        Assert.Equal(Bed.Reason + " (90 more were left out)", bed.Told[^1]);
    }

    [Fact]
    public void A_connection_after_the_end_is_closed_and_a_failure_is_not_told()
    {
        using Bed bed = new();
        bed.Loop.Stop();

        Socket socket = bed.Succeed(_start);
        bed.Fail(_start);

        Assert.Equal(0, bed.AcceptedCount);
        Assert.Empty(bed.Told);
        Assert.Equal(Instant.Never, bed.Loop.NextDeadline);
        Assert.Throws<ObjectDisposedException>(() => socket.Available);
    }

    private sealed class Bed : IAcceptOwner, IDisposable
    {
        public const string Reason = "accept tcp 127.0.0.1:7946: accept: too many open files";

        private readonly Inbox _inbox = new();
        private readonly List<Socket> _sockets = [];

        public Bed() => Loop = new AcceptLoop(
            GossipSockets.Listen(NodeAddress.FromIPv4(0x7F000053, 0)), _inbox, this);

        public AcceptLoop Loop { get; }

        public List<string> Told { get; } = [];

        public int AcceptedCount { get; private set; }

        public void Fail(Instant now)
        {
            ((IAcceptSink)Loop).AcceptFailed(Reason);
            Process(now);
        }

        public Socket Succeed(Instant now)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            ((IAcceptSink)Loop).Accepted(socket);
            Process(now);
            return socket;
        }

        public void Accepted(Socket socket, Instant now) => AcceptedCount++;

        public void AcceptFailed(string reason) => Told.Add(reason);

        public void Dispose()
        {
            Loop.Stop();
            _sockets.ForEach(socket => socket.Dispose());
        }

        private void Process(Instant now)
        {
            Assert.True(_inbox.TryTake(out InboxItem item));
            item.Target.Process(item, now);
        }
    }
}
