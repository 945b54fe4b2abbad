using System;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimSuspicionTests
{
    private static readonly NodeAddress Peer = NodeAddress.FromIPv4(0x0A0000FE, 7946);

    private static readonly SwimOptions Options = SwimOptions.Lan with
    {
        ProbeInterval = TimeSpan.FromMilliseconds(100),
        SuspicionMultiplier = 5,
        SuspicionMaxTimeoutMultiplier = 2,
        PushPullInterval = TimeSpan.Zero,
        DisableTcpPings = true,
    };

    [Theory]
    [InlineData(2, 0, 500)]
    [InlineData(4, 3, 500)]
    [InlineData(5, 0, 1000)]
    [InlineData(5, 1, 750)]
    [InlineData(5, 2, 603)]
    [InlineData(5, 3, 500)]
    [InlineData(5, 9, 500)]
    public void Each_new_accuser_shortens_the_time_a_suspect_has(int nodeCount, int accuserCount, int expected)
    {
        SwimHost host = WithMembers(nodeCount, out SwimWorld world);
        Instant start = world.Now;
        host.Node.Receive(Peer, SwimMessage.Suspect("m1", 1, "first"), world.Now);
        for (int number = 0; number < accuserCount; number++)
        {
            host.Node.Receive(Peer, SwimMessage.Suspect("m1", 1, "first"), world.Now);
            host.Node.Receive(Peer, SwimMessage.Suspect("m1", 1, "x" + number), world.Now);
            host.Node.Receive(Peer, SwimMessage.Suspect("m1", 1, "x" + number), world.Now);
        }

        Assert.Equal(start + TimeSpan.FromMilliseconds(expected), host.Node.Find("m1"u8)!.Suspicion!.Due);
    }

    [Fact]
    public void A_confirmation_after_the_end_changes_nothing()
    {
        SwimHost host = WithMembers(5, out SwimWorld world);
        host.Node.Receive(Peer, SwimMessage.Suspect("m1", 1, "first"), world.Now);
        world.Run(TimeSpan.FromMilliseconds(1001));
        Assert.Equal(MemberState.Dead, host.StateOf("m1"));
        int count = host.Events.Count(line => line == "dead m1");
        host.Node.Receive(Peer, SwimMessage.Suspect("m1", 1, "late"), world.Now);
        world.Run(TimeSpan.FromSeconds(2));
        Assert.Equal((1, 1), (count, host.Events.Count(line => line == "dead m1")));
    }

    [Fact]
    public void A_confirmation_whose_time_is_already_over_ends_the_suspicion_at_once()
    {
        SwimHost host = WithMembers(5, out SwimWorld world);
        host.Node.Receive(Peer, SwimMessage.Suspect("m1", 1, "n0"), world.Now);
        world.Run(TimeSpan.FromMilliseconds(900));
        Assert.Equal(MemberState.Suspect, host.StateOf("m1"));
        host.Node.Receive(Peer, SwimMessage.Suspect("m1", 1, "second"), world.Now);
        host.Node.Advance(world.Now);
        Assert.Equal(MemberState.Dead, host.StateOf("m1"));
        Assert.Contains(host.Lines, line => line.Contains("(1 peer confirmations)"));
    }

    private static SwimHost WithMembers(int nodeCount, out SwimWorld world)
    {
        world = new SwimWorld(1);
        SwimHost host = world.Add("n0", Options);
        for (int number = 1; number < nodeCount; number++)
        {
            NodeAddress address = NodeAddress.FromIPv4(0x0A000100 + (uint)number, 7946);
            host.Node.Receive(Peer, SwimMessage.Alive("m" + number, address), world.Now);
        }

        return host;
    }
}
