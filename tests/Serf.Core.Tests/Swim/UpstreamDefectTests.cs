using System;
using System.Text;
using Serf.Core.Tests.Wire;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

/// <summary>
/// What made the original crash or take all memory, given to a whole node: it goes on, knows no one new, and says
/// why. See the class of the same name in Wire for the layers and codecs alone.
/// </summary>
public sealed class UpstreamDefectTests
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Short_vsn_in_an_alive_message_is_ignored_and_not_passed_on(int size)
    {
        (SwimWorld world, SwimHost host) = Start();
        int queued = host.Node.Broadcasts.Count;
        Alive alive = new()
        {
            Incarnation = 1, Node = "n1"u8, Address = [10, 0, 0, 9], Port = 7946, Versions = Versions(size),
        };
        byte[] packet = new byte[SwimCodec.SizeOf(alive)];
        SwimCodec.Write(alive, packet);
        host.Node.Receive(Stranger, packet, world.Now);
        Assert.Single(host.Node.Members);
        Assert.Equal(queued, host.Node.Broadcasts.Count);
        Assert.Contains(host.Lines, line => line.Contains("impossible protocol versions"));
        AssertGoesOn(world, host);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(2, "state")]
    [InlineData(3, "state")]
    [InlineData(4, "")]
    [InlineData(5, "state")]
    public void Short_vsn_in_a_push_pull_record_refuses_the_state(int size, string state)
    {
        foreach (MemberState believed in (MemberState[])[MemberState.Alive, MemberState.Suspect, MemberState.Dead])
        {
            (SwimWorld world, SwimHost host) = Start();
            Stream(host, world, PushPull(Versions(size), believed, Encoding.ASCII.GetBytes(state)));
            Assert.Single(host.Node.Members);
            Assert.Empty(host.MergedStates);
            Assert.Contains(host.Lines, line => line.Contains("Failed push/pull merge"));
            AssertGoesOn(world, host);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("f4")]
    [InlineData("f40462")]
    public void Nil_label_a_connection_that_fails_while_the_label_is_read_is_closed(string bytes)
    {
        foreach (bool fails in (bool[])[true, false])
        {
            (SwimWorld world, SwimHost host) = Start(SwimOptions.Lan with { Label = ByteString.FromText("blah") });
            StreamId stream = host.Node.StreamAccepted(Stranger, world.Now);
            host.Node.StreamReceived(stream, Convert.FromHexString(bytes), world.Now);
            if (fails)
            {
                host.Node.StreamFailed(stream, "read tcp: connection reset by peer", world.Now);
            }
            else
            {
                host.Node.StreamEnded(stream, world.Now);
            }

            // It is gone: more bytes for it go nowhere.
            host.Node.StreamReceived(stream, "x"u8, world.Now);
            host.Node.StreamEnded(stream, world.Now);
            AssertGoesOn(world, host);
        }
    }

    [Fact]
    public void Stream_user_message_of_length_0_delivers_nothing()
    {
        (SwimWorld world, SwimHost host) = Start();
        Stream(host, world, UserMessage(default));
        Assert.Empty(host.Messages);
        Stream(host, world, UserMessage("x"u8));
        Assert.Equal(["x"], host.Messages);
        AssertGoesOn(world, host);
    }

    [Fact]
    public void Empty_decompressed_buffer_is_answered_on_a_stream_and_dropped_in_a_packet()
    {
        (SwimWorld world, SwimHost host) = Start();
        using ByteBuffer nothing = new();
        LayerVectors.WriteStream(default, default, compress: true, nothing);
        host.Node.Receive(Stranger, nothing.Written, world.Now);
        Assert.Contains(host.Lines, line => line.Contains("missing message type byte"));
        Stream(host, world, nothing.Written);
        Assert.Contains(host.Lines, line => line.Contains("decompressed to nothing"));
        AssertGoesOn(world, host);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Empty_decrypted_plaintext_is_answered_on_a_stream_and_dropped_in_a_packet(byte version)
    {
        Keyring ring = SealingTests.Ring(SealingTests.Key(16, 1));
        Encryption encryption = new(ring, new CountingEntropy(), version);
        (SwimWorld world, SwimHost host) = Start(SwimOptions.Lan with { Encryption = encryption });
        using ByteBuffer block = new();
        block.Write(new byte[Sealing.HeaderSize]);
        encryption.Seal(block, Sealing.HeaderSize, default);
        host.Node.Receive(Stranger, block.Written, world.Now);
        Assert.Contains(host.Lines, line => line.Contains("missing message type byte"));
        using ByteBuffer stream = new();
        LayerVectors.WriteStream(default, default, compress: false, stream, encryption);
        Stream(host, world, stream.Written);
        Assert.Contains(host.Lines, line => line.Contains("decrypted message is empty"));
        AssertGoesOn(world, host);
    }

    [Fact]
    public void Empty_keyring_removal_under_a_running_node_changes_nothing()
    {
        Keyring ring = new();
        Encryption encryption = new(ring, new CountingEntropy(), 1);
        (SwimWorld world, SwimHost host) = Start(SwimOptions.Lan with { Encryption = encryption });
        Assert.Equal(KeyringStatus.Ok, ring.Remove(SealingTests.Key(16, 1)));
        host.Node.Receive(Stranger, new byte[64], world.Now);
        Stream(host, world, Convert.FromHexString("0a00000001ff"));
        Assert.Contains(host.Lines, line => line.Contains("encryption is not configured"));
        AssertGoesOn(world, host);
    }

    [Theory]
    [InlineData("0800", "0700")]
    [InlineData("07010000", "07ff")]
    [InlineData("0782", "")]
    public void Empty_compound_parts_and_commands_are_dropped(string first, string second)
    {
        (SwimWorld world, SwimHost host) = Start();
        host.Node.Receive(Stranger, Convert.FromHexString(first), world.Now);
        host.Node.Receive(Stranger, Convert.FromHexString(second), world.Now);
        Assert.Single(host.Node.Members);
        AssertGoesOn(world, host);
    }

    // The original reaps itself a while after it has left, then looks for itself and finds nothing.
    [Fact]
    public void Local_node_missing_after_its_leave_was_reaped_does_not_come_to_pass()
    {
        (SwimWorld world, SwimHost host) = Start();
        SwimHost peer = world.Add("n1");
        host.Node.Receive(Stranger, AliveOf("n1"u8, peer), world.Now);
        Assert.True(host.Node.Leave(world.Now));
        peer.Stopped = true;
        world.Run(host.Node.Options.GossipToTheDeadTime * 4);

        // The peer, gone for as long, was reaped; the node itself was not.
        Assert.Null(host.Node.Find("n1"u8));
        Assert.Same(host.Node.Self, Assert.Single(host.Node.Members));
        host.Node.Receive(Stranger, AliveOf("n0"u8, host), world.Now);
        Stream(host, world, PushPull(Versions(6), MemberState.Alive, []));
        Assert.False(host.Node.Leave(world.Now));
        Assert.Equal(MemberState.Left, host.Node.Self.State);
        Assert.True(host.Node.NextDeadline < Instant.Never);
    }

    private static (SwimWorld World, SwimHost Host) Start(SwimOptions? options = null)
    {
        SwimWorld world = new(1);
        SwimHost host = world.Add("n0", options);
        host.DropsStreams = true;
        return (world, host);
    }

    private static byte[] Versions(int size) => ((byte[])[1, 5, 2, 2, 5, 5])[..size];

    private static byte[] AliveOf(ReadOnlySpan<byte> name, SwimHost host)
    {
        byte[] ip = new byte[16];
        int size = host.Address.WriteIp(ip);
        Alive alive = new()
        {
            Incarnation = 1, Node = name, Address = ip.AsSpan(0, size), Port = host.Address.Port,
            Versions = Versions(6),
        };
        byte[] packet = new byte[SwimCodec.SizeOf(alive)];
        SwimCodec.Write(alive, packet);
        return packet;
    }

    private static byte[] PushPull(byte[] versions, MemberState state, byte[] userState)
    {
        NodeRecord record = new()
        {
            Name = "n1"u8,
            Address = [10, 0, 0, 9],
            Port = 7946,
            Incarnation = 1,
            State = (long)state,
            Versions = versions,
        };
        PushPullHeader header = new() { NodeCount = 1, UserStateSize = userState.Length, Join = true };
        byte[] head = new byte[SwimCodec.SizeOf(header)];
        SwimCodec.Write(header, head);
        byte[] body = new byte[SwimCodec.SizeOf(record)];
        SwimCodec.Write(record, body);
        return [(byte)MessageType.PushPull, .. head, .. body, .. userState];
    }

    private static byte[] UserMessage(ReadOnlySpan<byte> content)
    {
        UserStreamHeader header = new() { MessageSize = content.Length };
        byte[] head = new byte[SwimCodec.SizeOf(header)];
        SwimCodec.Write(header, head);
        return [(byte)MessageType.User, .. head, .. content];
    }

    private static void Stream(SwimHost host, SwimWorld world, ReadOnlySpan<byte> bytes)
    {
        StreamId stream = host.Node.StreamAccepted(Stranger, world.Now);
        host.Node.StreamReceived(stream, bytes, world.Now);
        host.Node.StreamEnded(stream, world.Now);
    }

    // Alive to itself and in its own table, with its timers running.
    private static void AssertGoesOn(SwimWorld world, SwimHost host)
    {
        world.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(MemberState.Alive, host.Node.Self.State);
        Assert.True(host.Node.NextDeadline < Instant.Never);
        Assert.Same(host.Node.Self, host.Node.Find("n0"u8));
    }
}
