using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Core.Tests.Wire;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Keys of a whole cluster (spec serf 6.10, 12.4).</summary>
public sealed class ClusterKeyTests
{
    private long _lastCall = 1000;

    [Fact]
    public void A_rotation_reaches_every_node_and_no_event_is_lost()
    {
        ClusterWorld world = Sealed(4, 1);
        Assert.Equal("4 4 0", Run(world, 0, KeyOperation.Install, Key(2)));
        Assert.All(world.Hosts, host => Assert.Equal("01 02", Assert.Single(host.SavedKeys)));
        Assert.Null(world.Hosts[3].SendEvent("between"));
        Assert.Equal("4 4 0", Run(world, 1, KeyOperation.Use, Key(2)));
        Assert.All(world.Hosts, host => Assert.Equal("02 01", host.SavedKeys[^1]));
        Assert.Null(world.Hosts[0].SendEvent("after"));
        Assert.Equal("4 4 0", Run(world, 2, KeyOperation.Remove, Key(1)));
        Assert.All(world.Hosts, host => Assert.Equal("02", host.SavedKeys[^1]));
        world.Run(3);
        foreach (SerfHost host in world.Hosts)
        {
            Assert.Equal(["user between", "user after"], host.Events);
            Assert.Equal(1, host.Serf.Swim.Options.Encryption!.Keyring.Count);
        }

        // What is there is installed again, what is not is removed: both succeed.
        Assert.Equal("4 4 0", Run(world, 0, KeyOperation.Install, Key(2)));
        Assert.Equal("4 4 0", Run(world, 0, KeyOperation.Remove, Key(1)));
    }

    [Fact]
    public void A_node_killed_right_after_a_change_of_keys_does_not_obey_an_older_one_when_it_is_back()
    {
        ClusterWorld world = Sealed(3, 12);
        MemorySnapshot file = new();
        Keyring ring = new();
        ring.Add(Key(1));
        SwimOptions swim = SwimOptions.Lan with { Encryption = new Encryption(ring, new CountingEntropy(9), 1) };
        SerfHost node = world.Add("n3", swim: swim, snapshot: file.Open());
        node.Join(world.Hosts.Take(1));
        world.Run(10);
        Assert.Equal("4 4 0", Run(world, 0, KeyOperation.Install, Key(2)));
        Assert.Equal("4 4 0", Run(world, 0, KeyOperation.Remove, Key(2)));
        string? secured = null;
        node.WhenKeysSaved = () => secured ??= file.Text;
        int syncCount = file.SyncCount;
        Assert.Equal("4 4 0", Run(world, 0, KeyOperation.Install, Key(2)));

        // Before the keys are stored, and not half a second later.
        ulong time = new MemorySnapshot(secured!).Read().QueryTime;
        Assert.Equal(node.Serf.ClockTimes.Query - 1, time);
        Assert.Equal(syncCount + 1, file.SyncCount);
        world.Kill(node);

        SerfHost again = world.Add(
            "n3", swim: swim, address: node.Address, snapshot: new MemorySnapshot(secured!).Open());
        again.Join(world.Hosts.Take(1));
        world.Run(10);
        Assert.Equal("n3", again.Serf.Name.ToString());
        Assert.True(ring.Has(Key(2)));
        Assert.Empty(again.SavedKeys);
    }

    [Fact]
    public void An_operation_ends_with_the_last_answer_and_not_with_its_time()
    {
        ClusterWorld world = Sealed(3, 2);
        KeyReport report = new();
        long call = Begin(world, 0, KeyOperation.List, [], report);
        world.Run(1);
        Assert.Null(world.Hosts[0].Completed[call].Error);
        Assert.Equal(3, report.AnswerCount);
    }

    [Fact]
    public void A_list_counts_each_key_where_it_is()
    {
        ClusterWorld world = Sealed(3, 3);
        world.Hosts[2].Serf.Swim.Options.Encryption!.Keyring.Add(Key(9));
        KeyReport report = new();
        Begin(world, 1, KeyOperation.List, [], report);
        world.Run(4);
        Assert.Equal(
            [(Convert.ToBase64String(Key(1)), 3), (Convert.ToBase64String(Key(9)), 1)],
            report.Keys.Select(entry => (entry.Key, entry.Value.Nodes)));
        Assert.Empty(report.Messages);
        Assert.All(world.Hosts, host => Assert.Empty(host.SavedKeys));
    }

    [Fact]
    public void Every_node_logs_what_was_asked_of_its_keys_and_what_it_refused()
    {
        ClusterWorld world = Sealed(2, 3);
        Run(world, 0, KeyOperation.List, []);
        Run(world, 0, KeyOperation.Install, Key(2));
        Run(world, 0, KeyOperation.Use, Key(7));
        Run(world, 0, KeyOperation.Remove, Key(1));
        foreach (SerfHost host in world.Hosts)
        {
            Assert.Equal(
                [
                    "[Info] serf: Received list-keys query", "[Info] serf: Received install-key query",
                    "[Info] serf: Received use-key query",
                    "[Err] serf: Failed to change primary key: requested key is not in the keyring",
                    "[Info] serf: Received remove-key query",
                    "[Err] serf: Failed to remove key: removing the primary key is not allowed",
                ],
                host.Lines.Where(line => line.Contains("key", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData(KeyOperation.Install, 3, "key size must be 16, 24 or 32 bytes")]
    [InlineData(KeyOperation.Use, 16, "requested key is not in the keyring")]
    [InlineData(KeyOperation.Remove, 0, "removing the primary key is not allowed")]
    public void What_cannot_be_done_is_said_by_every_node(KeyOperation operation, int size, string message)
    {
        ClusterWorld world = Sealed(2, 4);
        byte[] key = size == 0 ? Key(1) : new byte[size];
        Assert.Equal(
            $"2/2 nodes reported failure: 2 2 2 n0:{message} n1:{message}", Run(world, 0, operation, key));
        Assert.All(world.Hosts, host => Assert.Empty(host.SavedKeys));
    }

    [Fact]
    public void Without_encryption_there_is_nothing_to_change_and_nothing_to_list()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 5);
        string none = "No keyring to modify (encryption not enabled)";
        string empty = "Keyring is empty (encryption not enabled)";
        Assert.Equal(
            $"2/2 nodes reported failure: 2 2 2 n0:{none} n1:{none}", Run(world, 0, KeyOperation.Install, Key(1)));
        Assert.Equal(
            $"2/2 nodes reported failure: 2 2 2 n0:{empty} n1:{empty}", Run(world, 0, KeyOperation.List, []));
    }

    [Fact]
    public void A_node_that_does_not_answer_is_missing_in_the_sum()
    {
        ClusterWorld world = Sealed(3, 6);
        world.Net.PacketPasses = (from, to) => from != world.Hosts[2] && to != world.Hosts[2];
        Assert.Equal("2/3 nodes reported success: 3 2 0", Run(world, 0, KeyOperation.Install, Key(2)));
    }

    [Fact]
    public void Keys_that_cannot_be_stored_are_a_failure_but_stand()
    {
        ClusterWorld world = Sealed(2, 7);
        world.Hosts[1].KeyringFault = "Failed to write keyring file: no room";
        Assert.Equal(
            "1/2 nodes reported failure: 2 2 1 n1:Failed to write keyring file: no room",
            Run(world, 0, KeyOperation.Install, Key(2)));
        Assert.Equal(2, world.Hosts[1].Serf.Swim.Options.Encryption!.Keyring.Count);
    }

    [Theory]
    [InlineData(18, 18, "")]
    [InlineData(19, 17, "truncated key list response, showing first 17 of 19 keys")]
    [InlineData(60, 17, "truncated key list response, showing first 17 of 60 keys")]
    public void A_list_that_is_too_long_for_an_answer_is_cut(int keyCount, int shown, string message)
    {
        ClusterWorld world = new(8);
        SerfHost host = world.Add("fourteen-bytes", swim: SwimOptions.Lan with { Encryption = Encryption(1) });
        for (int number = 2; number <= keyCount; number++)
        {
            byte[] key = new byte[32];
            key[0] = (byte)number;
            host.Serf.Swim.Options.Encryption!.Keyring.Add(key);
        }

        KeyReport report = new();
        Begin(world, 0, KeyOperation.List, [], report);
        world.Run(1);
        Assert.Equal(shown, report.Keys.Count);
        Assert.Contains(Convert.ToBase64String(Key(1, 32)), report.Keys.Keys);
        Assert.Equal(message, report.Messages.Values.SingleOrDefault().ToString());
        Assert.Equal(0, report.ErrorCount);
    }

    [Fact]
    public void A_list_of_which_not_even_one_key_fits_is_not_sent()
    {
        ClusterWorld world = new(12);
        SerfHost host = world.Add(
            "n0",
            ClusterWorld.Plain with { QueryResponseSizeMax = 120 },
            SwimOptions.Lan with { Encryption = Encryption(1) });
        Assert.Equal("0/1 nodes reported success: 1 0 0", Run(world, 0, KeyOperation.List, []));
        Assert.Contains(host.Lines, line => line.Contains("response exceeds limit of 120 bytes"));
    }

    [Theory]
    [InlineData(KeyOperation.Use, "1/1 nodes reported failure: 1 1 1 n0:requested key is not in the keyring")]
    [InlineData(KeyOperation.Remove, "1 1 0")]
    [InlineData(
        KeyOperation.List, "1/1 nodes reported failure: 1 1 1 n0:Keyring is empty (encryption not enabled)")]
    [InlineData(KeyOperation.Install, "1 1 0")]
    public void An_empty_ring_is_served_like_any_other(KeyOperation operation, string outcome)
    {
        ClusterWorld world = new(13);
        world.Add("n0", swim: SwimOptions.Lan with
        {
            Encryption = new Encryption(new Keyring(), new CountingEntropy(), 1),
        });
        Assert.Equal(outcome, Run(world, 0, operation, operation == KeyOperation.List ? [] : Key(2)));
    }

    [Fact]
    public void A_ring_has_a_limit()
    {
        ClusterWorld world = Sealed(1, 9);
        Keyring ring = world.Hosts[0].Serf.Swim.Options.Encryption!.Keyring;
        for (int number = 0; ring.Count < Limits.KeyringCountMax; number++)
        {
            byte[] key = new byte[24];
            BinaryPrimitives.WriteInt32LittleEndian(key, number);
            ring.Add(key);
        }

        Assert.StartsWith(
            "1/1 nodes reported failure: 1 1 1 n0:keyring exceeds limit", Run(world, 0, KeyOperation.Install, Key(7)));
        Assert.Equal("1 1 0", Run(world, 0, KeyOperation.Install, Key(1)));
    }

    [Fact]
    public void Answers_that_make_no_sense_count_as_failures_and_those_of_strangers_not_at_all()
    {
        ClusterWorld world = Sealed(3, 10);
        SerfHost host = world.Hosts[0];
        uint id = NextId(10 * 1000 + 1);
        ulong time = ulong.Parse(host.Stat("query_time"));
        world.Net.PacketPasses = (_, _) => false;
        KeyReport report = new();
        long call = Begin(world, 0, KeyOperation.List, [], report);
        host.Hear(Response(time, id, "n1", [7, 0xC0]));
        host.Hear(Response(time, id, "n2", [8, 0x05]));
        host.Hear(Response(time, id, "stranger", [8, 0xC0]));
        world.Run(0.1);
        Assert.Equal("2/3 nodes reported failure", host.Completed[call].Error);
        Assert.Equal((3, 3, 2), (report.NodeCount, report.AnswerCount, report.ErrorCount));
        Assert.Equal("Invalid key query response type: 7", report.Messages[ByteString.FromText("n1")].ToString());
        Assert.StartsWith(
            "Failed to decode key query response: ", report.Messages[ByteString.FromText("n2")].ToString());
    }

    [Fact]
    public void Who_seems_to_leave_is_waited_for_and_counts()
    {
        ClusterWorld world = Sealed(3, 14);
        SerfHost host = world.Hosts[0];
        bool isSlow = true;
        world.Net.PacketPasses = (from, to) => !isSlow || from != world.Hosts[2] || to != host;
        host.HearLeave("n2", 1000);
        Assert.Equal(MemberStatus.Leaving, host.StatusOf("n2"));
        KeyReport report = new();
        long call = Begin(world, 0, KeyOperation.List, [], report);
        while (report.AnswerCount < 2)
        {
            world.Run(0.01);
        }

        // The answer that was lost comes a second time.
        isSlow = false;
        world.Run(3);
        Assert.Equal((3, 3), (report.NodeCount, report.AnswerCount));
        Assert.Null(host.Completed[call].Error);
    }

    [Fact]
    public void An_answer_of_one_that_was_held_for_failed_is_no_failure()
    {
        ClusterWorld world = Sealed(3, 15);
        SerfHost host = world.Hosts[0];
        world.Kill(world.Hosts[2]);
        world.Run(30);
        Assert.Equal(MemberStatus.Failed, host.StatusOf("n2"));
        uint id = NextId(15 * 1000 + 1);
        ulong time = ulong.Parse(host.Stat("query_time"));
        KeyReport report = new();
        long call = Begin(world, 0, KeyOperation.List, [], report);
        KeyResponse response = new() { Result = true };
        byte[] answer = new byte[SerfCodec.SizeOf(response)];
        SerfCodec.Write(response, answer);
        host.Hear(Response(time, id, "n2", answer));
        world.Run(3);
        Assert.Equal((2, 3), (report.NodeCount, report.AnswerCount));
        Assert.Null(host.Completed[call].Error);
    }

    [Fact]
    public void A_node_of_an_old_protocol_refuses()
    {
        ClusterWorld world = new(11);
        SerfHost host = world.Add("n0", ClusterWorld.Plain with { ProtocolVersion = 3 });
        long call = Begin(world, 0, KeyOperation.List, [], new KeyReport());
        Assert.Equal("Feature not supported", host.Completed[call].Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_statistics_are_those_of_the_original_and_tell_of_keys_and_coordinates(bool coordinates)
    {
        ClusterWorld world = new(50);
        SerfHost host = world.Add(
            "n0",
            ClusterWorld.Plain with { DisableCoordinates = !coordinates },
            SwimOptions.Lan with { Encryption = Encryption(1) });
        Assert.Equal("true", host.Stat("encrypted"));
        string[] expected =
        [
            "encrypted", "event_queue", "event_time", "failed", "health_score", "intent_queue", "left",
            "member_time", "members", "query_queue", "query_time",
        ];
        Assert.Equal(
            coordinates ? ["coordinate_resets", .. expected] : expected,
            host.Serf.Stats().Select(entry => entry.Key));
    }

    private static byte[] Key(byte seed, int size = 16)
    {
        byte[] key = new byte[size];
        key.AsSpan().Fill(seed);
        return key;
    }

    private static Encryption Encryption(byte seed)
    {
        Keyring ring = new();
        Assert.Equal(KeyringStatus.Ok, ring.Add(Key(seed, seed == 1 ? 32 : 16)));
        return new Encryption(ring, new CountingEntropy(), 1);
    }

    private static ClusterWorld Sealed(int count, ulong seed)
    {
        ClusterWorld world = new(seed);
        for (int number = 0; number < count; number++)
        {
            Keyring ring = new();
            ring.Add(Key(1));
            SerfHost host = world.Add($"n{number}", swim: SwimOptions.Lan with
            {
                Encryption = new Encryption(ring, new CountingEntropy((ulong)number), 1),
            });
            host.Join(world.Hosts.SkipLast(1));
            world.Run(0.05);
        }

        world.Run(10);
        foreach (SerfHost host in world.Hosts)
        {
            Assert.Equal(count, host.Serf.Members().Count);
            host.Forget();
        }

        return world;
    }

    private static uint NextId(ulong entropySeed)
    {
        byte[] bytes = new byte[4];
        new CountingEntropy(entropySeed).Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) & int.MaxValue;
    }

    private static byte[] Response(ulong time, uint id, string from, byte[] payload)
    {
        QueryResponseMessage response = new()
        {
            LamportTime = time, Id = id, From = Encoding.ASCII.GetBytes(from), Payload = payload,
        };
        byte[] message = new byte[SerfCodec.SizeOf(response)];
        SerfCodec.Write(response, message);
        return message;
    }

    private long Begin(ClusterWorld world, int index, KeyOperation operation, byte[] key, KeyReport report)
    {
        world.Hosts[index].Serf.BeginKeyOperation(new CallId(++_lastCall), operation, key, report, world.Now);
        return _lastCall;
    }

    /// <returns>The error, the numbers of nodes, answers and failures, the messages.</returns>
    private string Run(ClusterWorld world, int index, KeyOperation operation, byte[] key)
    {
        KeyReport report = new();
        long call = Begin(world, index, operation, key, report);
        world.Run(4);
        List<string> parts = [$"{report.NodeCount} {report.AnswerCount} {report.ErrorCount}"];
        parts.AddRange(report.Messages.Select(entry => $"{entry.Key}:{entry.Value}"));
        string? error = world.Hosts[index].Completed[call].Error;
        return (error is null ? "" : error + ": ") + string.Join(' ', parts);
    }
}
