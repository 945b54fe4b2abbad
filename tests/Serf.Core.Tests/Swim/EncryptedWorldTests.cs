using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Core.Tests.Wire;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

/// <summary>Nodes that seal what they send.</summary>
public sealed class EncryptedWorldTests
{
    private static readonly byte[] _first = SealingTests.Key(16, 1);
    private static readonly byte[] _second = SealingTests.Key(32, 2);

    [Theory]
    [InlineData("", false)]
    [InlineData("blah", true)]
    public void Nodes_with_one_key_form_a_cluster_and_nothing_goes_out_in_the_clear(string label, bool compress)
    {
        SwimWorld world = new(1);
        SwimOptions options = Options(_first) with
        {
            Label = ByteString.FromText(label), Compression = compress,
        };
        List<SwimHost> hosts = Cluster(world, options, options, options);
        world.Run(TimeSpan.FromSeconds(5));

        Assert.All(hosts, host => Assert.Equal(3, host.Node.AliveCount));
        Assert.True(hosts.Sum(host => host.PingCount) > 5);
    }

    [Fact]
    public void A_killed_node_is_found_and_a_leave_is_heard()
    {
        SwimWorld world = new(2);
        SwimOptions options = Options(_first);
        List<SwimHost> hosts = Cluster(world, options, options, options, options);
        world.Run(TimeSpan.FromSeconds(2));
        hosts[3].Stopped = true;
        hosts[2].Node.Leave(world.Now);
        world.Run(TimeSpan.FromSeconds(60));

        Assert.Contains("left n2", hosts[0].Events);
        Assert.Equal(1, hosts[0].Events.Count(line => line == "dead n3"));
    }

    [Fact]
    public void Another_key_is_refused_on_both_sides_in_the_originals_words()
    {
        SwimWorld world = new(3);
        List<SwimHost> hosts = Cluster(world, Options(_first), Options(_second));
        world.Run(TimeSpan.FromSeconds(3));

        Assert.All(hosts, host => Assert.Equal(1, host.Node.AliveCount));
        Assert.Contains("no installed keys could decrypt the message", hosts[1].Exchanges.Single());
        Assert.Contains(hosts[0].Lines, line => line.Contains(
            "no installed keys could decrypt the message", StringComparison.Ordinal));
    }

    [Fact]
    public void A_clear_node_and_an_encrypted_one_refuse_each_other_in_the_originals_words()
    {
        SwimWorld world = new(4);
        List<SwimHost> hosts = Cluster(world, Options(_first), SwimOptions.Lan);
        hosts[0].Node.PushPull(hosts[1].Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(3));

        Assert.All(hosts, host => Assert.Equal(1, host.Node.AliveCount));
        Assert.Equal(
            "encryption is configured but remote state is not encrypted", hosts[0].Exchanges.Single());
        Assert.Equal("remote state is encrypted and encryption is not configured", hosts[1].Exchanges.Single());
        Assert.Contains(hosts[0].Lines, line => line.Contains(
            "encryption is configured but remote state is not encrypted", StringComparison.Ordinal));
    }

    // What verifyIncoming and verifyOutgoing say, and whether a clear node can join.
    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    public void Clear_and_sealed_nodes_mix_only_while_both_checks_are_off(bool incoming, bool outgoing, bool mixes)
    {
        SwimWorld world = new(5);
        List<SwimHost> hosts = Cluster(world, Options(_first, incoming, outgoing), SwimOptions.Lan);
        world.Run(TimeSpan.FromSeconds(3));

        Assert.Equal(mixes ? 2 : 1, hosts[1].Node.AliveCount);
    }

    // The way to encryption without an outage: keys, then sealing, then insisting on it.
    [Theory]
    [InlineData(false, false, false, true)]
    [InlineData(false, true, true, true)]
    public void Neighbouring_steps_of_the_transition_understand_each_other(
        bool incoming, bool outgoing, bool nextIncoming, bool nextOutgoing)
    {
        SwimWorld world = new(6);
        List<SwimHost> hosts = Cluster(
            world, Options(_first, incoming, outgoing), Options(_first, nextIncoming, nextOutgoing));
        world.Run(TimeSpan.FromSeconds(20));

        Assert.All(hosts, host => Assert.Equal(2, host.Node.AliveCount));
        Assert.All(hosts, host => Assert.DoesNotContain(
            host.Lines, line => line.Contains("suspect", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void A_key_is_rotated_while_the_cluster_runs_and_no_probe_fails()
    {
        SwimWorld world = new(7);
        SwimOptions[] options = [Options(_first), Options(_first), Options(_first), Options(_first)];
        List<SwimHost> hosts = Cluster(world, options);
        world.Run(TimeSpan.FromSeconds(3));
        Rotate(world, options, ring => ring.Add(_second));
        Rotate(world, options, ring => ring.Use(_second));
        Rotate(world, options, ring => ring.Remove(_first));

        Assert.All(options, option => Assert.Equal(1, option.Encryption!.Keyring.Count));
        Assert.All(hosts, host => Assert.Equal(4, host.Node.AliveCount));
        Assert.All(hosts, host => Assert.DoesNotContain(
            host.Lines, line => line.Contains("Suspect", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_first_key_of_an_empty_ring_switches_sealing_on()
    {
        SwimWorld world = new(8);
        SwimOptions empty = SwimOptions.Lan with
        {
            Encryption = new Encryption(new Keyring(), new CountingEntropy(), 1),
        };
        List<SwimHost> hosts = Cluster(world, empty, SwimOptions.Lan);
        world.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(2, hosts[1].Node.AliveCount);

        empty.Encryption.Keyring.Add(_first);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.Contains("dead n1", hosts[0].Events);
        Assert.Contains("dead n0", hosts[1].Events);
    }

    [Fact]
    public void A_node_of_protocol_version_one_seals_with_version_zero_and_is_understood()
    {
        SwimWorld world = new(9);
        SwimOptions old = SwimOptions.Lan with { Versions = SwimOptions.Lan.Versions with { ProtocolCur = 1 } };
        old = old with { Encryption = Encryption(_first, old.EncryptionVersion) };
        Assert.Equal(0, old.EncryptionVersion);
        List<SwimHost> hosts = Cluster(world, old, Options(_first));
        world.Run(TimeSpan.FromSeconds(5));

        Assert.All(hosts, host => Assert.Equal(2, host.Node.AliveCount));
        Assert.All(hosts, host => Assert.True(host.PingCount > 0));
    }

    [Fact]
    public void Where_the_transport_takes_labels_off_one_that_is_left_is_refused()
    {
        SwimWorld world = new(10);
        SwimOptions labelled = SwimOptions.Lan with { Label = ByteString.FromText("blah") };
        SwimOptions stripped = labelled with { SkipInboundLabelCheck = true };
        List<SwimHost> hosts = Cluster(world, stripped, labelled);
        world.Run(TimeSpan.FromSeconds(3));

        Assert.Equal(1, hosts[0].Node.AliveCount);
        Assert.Contains(hosts[0].Lines, line => line.Contains(
            "unexpected double stream label header", StringComparison.Ordinal));
    }

    // Each round reaches one node after the other, as restarts would.
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_label_comes_into_a_cluster_in_three_rounds_and_nobody_is_lost(bool isSealed, bool isCompressed)
    {
        SwimOptions plain = (isSealed ? Options(_first) : SwimOptions.Lan) with { Compression = isCompressed };
        SwimOptions[] rounds =
        [
            plain,
            plain with { LabelTransition = true },
            plain with { LabelTransition = true, Label = ByteString.FromText("blah") },
            plain with { Label = ByteString.FromText("blah") },
        ];
        for (int round = 1; round < rounds.Length; round++)
        {
            for (int changed = 0; changed <= 3; changed++)
            {
                SwimWorld world = new((uint)(20 + round));
                SwimOptions[] options =
                    [.. Enumerable.Range(0, 3).Select(node => rounds[node < changed ? round : round - 1])];
                List<SwimHost> hosts = Cluster(world, options);
                hosts[0].Node.PushPull(hosts[2].Address, join: false, world.Now);
                world.Run(TimeSpan.FromSeconds(40));

                Assert.All(hosts, host => Assert.Equal(3, host.Node.AliveCount));
                Assert.All(hosts, host => Assert.DoesNotContain(
                    host.Lines, line => line.Contains("label", StringComparison.Ordinal)
                        || line.Contains("[ERR]", StringComparison.Ordinal)
                        || line.Contains("decrypt", StringComparison.Ordinal)));
            }
        }
    }

    [Fact]
    public void On_the_way_to_a_label_another_one_stays_out()
    {
        SwimWorld world = new(30);
        SwimOptions ours = SwimOptions.Lan with { Label = ByteString.FromText("ours"), LabelTransition = true };
        SwimOptions theirs = SwimOptions.Lan with { Label = ByteString.FromText("theirs") };
        List<SwimHost> hosts = Cluster(world, ours, theirs);
        world.Run(TimeSpan.FromSeconds(3));

        Assert.Equal(1, hosts[0].Node.AliveCount);
        Assert.Contains(hosts[0].Lines, line => line.Contains(
            "discarding stream with unacceptable label", StringComparison.Ordinal));
    }

    // With sealing in place: the state as the layer above writes it, and the message as it is sent.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_large_state_is_in_memory_twice_while_it_is_written(bool isSealed)
    {
        const int StateSize = 12 * 1024 * 1024;
        const int Rounded = 16 * 1024 * 1024;
        SwimWorld world = new(11);
        SwimOptions options = (isSealed ? Options(_first) : SwimOptions.Lan) with { Compression = false };
        SwimHost host = world.Add("n0", options);
        host.State = new byte[StateSize];
        host.DropsStreams = true;
        StreamId stream = host.Node.StreamAccepted(host.Address, world.Now);
        byte[] request = EmptyPushPull(options);

        long before = GC.GetAllocatedBytesForCurrentThread();
        host.Node.StreamReceived(stream, request, world.Now);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, (2 * Rounded) + (Rounded / 4));
    }

    private static byte[] EmptyPushPull(SwimOptions options)
    {
        PushPullHeader header = new();
        byte[] message = new byte[1 + SwimCodec.SizeOf(header)];
        message[0] = (byte)MessageType.PushPull;
        SwimCodec.Write(header, message.AsSpan(1));
        using ByteBuffer output = new();
        GossipStreamWriter writer = new(default, compress: false, options.Encryption);
        writer.Begin(dials: true, output);
        writer.Write(message);
        writer.End();
        return output.Written.ToArray();
    }

    private static void Rotate(SwimWorld world, SwimOptions[] options, Action<Keyring> change)
    {
        foreach (SwimOptions option in options)
        {
            change(option.Encryption!.Keyring);
            world.Run(TimeSpan.FromSeconds(2));
        }
    }

    private static List<SwimHost> Cluster(SwimWorld world, params SwimOptions[] options)
    {
        List<SwimHost> hosts = [];
        for (int index = 0; index < options.Length; index++)
        {
            hosts.Add(world.Add("n" + index, options[index]));
            if (index > 0)
            {
                hosts[index].Node.PushPull(hosts[0].Address, join: true, world.Now);
                world.Run(TimeSpan.FromSeconds(1));
            }
        }

        return hosts;
    }

    private static SwimOptions Options(byte[] key, bool incoming = true, bool outgoing = true) =>
        SwimOptions.Lan with { Encryption = Encryption(key, 1, incoming, outgoing) };

    private static Encryption Encryption(byte[] key, byte version, bool incoming = true, bool outgoing = true) =>
        new(SealingTests.Ring(key), new CountingEntropy(), version)
        {
            VerifyIncoming = incoming, VerifyOutgoing = outgoing,
        };
}
