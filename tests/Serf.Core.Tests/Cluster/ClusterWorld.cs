using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Core.Tests.Swim;
using Serf.Core.Tests.Wire;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Several Serf nodes in one virtual network.</summary>
internal sealed class ClusterWorld(ulong seed)
{
    /// <summary>The agent's settings, with member and user events passed on at once.</summary>
    public static readonly SerfOptions Plain = new()
    {
        CoalescePeriod = TimeSpan.Zero,
        UserCoalescePeriod = TimeSpan.Zero,
    };

    private int _lastNumber;

    public SwimWorld Net { get; } = new(seed);

    public List<SerfHost> Hosts { get; } = [];

    public Instant Now => Net.Now;

    /// <summary>Nodes <c>n0</c> and on, joined and settled.</summary>
    public static ClusterWorld Joined(int count, ulong seed, SerfOptions? options = null, SwimOptions? swim = null)
    {
        ClusterWorld world = new(seed);
        for (int number = 0; number < count; number++)
        {
            SerfHost host = world.Add($"n{number}", options, swim);
            if (number > 0)
            {
                host.Join(world.Hosts.SkipLast(1));
            }

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

    public SerfHost Add(
        string name,
        SerfOptions? options = null,
        SwimOptions? swim = null,
        NodeAddress address = default,
        SnapshotLog? snapshot = null)
    {
        int number = ++_lastNumber;
        SerfHost host = new(
            Net,
            name,
            address.IsNone ? NodeAddress.FromIPv4(0x0A000000 + (uint)number, 7946) : address,
            options ?? Plain,
            swim ?? SwimOptions.Lan,
            (seed * 1000) + (ulong)number,
            snapshot);
        Hosts.Add(host);
        Net.Attach(host);
        host.Serf.Start(Now);
        return host;
    }

    public void Run(double seconds) => Net.Run(TimeSpan.FromSeconds(seconds));

    /// <summary>The end of a process, nothing said.</summary>
    public void Kill(SerfHost host)
    {
        host.Stopped = true;
        Hosts.Remove(host);
    }
}

/// <summary>One node of the world, which keeps all it is told.</summary>
internal sealed class SerfHost : WorldHost, ISerfEffects
{
    private long _lastCall;

    public SerfHost(
        SwimWorld world,
        string name,
        NodeAddress address,
        SerfOptions options,
        SwimOptions swim,
        ulong seed,
        SnapshotLog? snapshot = null)
        : base(world, address)
    {
        Entropy = new CountingEntropy(seed);
        Serf = new SerfNode(
            options,
            swim with { Name = ByteString.FromText(name), AdvertiseAddress = address },
            this,
            this,
            seed,
            snapshot);
    }

    public SerfNode Serf { get; }

    public IEntropy Entropy { get; }

    public override SwimNode Node => Serf.Swim;

    public override Instant NextDeadline => Serf.NextDeadline;

    public List<SerfEvent> Delivered { get; } = [];

    public Dictionary<long, (string? Error, int Count, Instant At)> Completed { get; } = [];

    /// <summary>Member events as <c>member-join n1</c>, user events as <c>user NAME</c>.</summary>
    public IEnumerable<string> Events => Delivered.SelectMany(happened => happened switch
    {
        MemberEvent member => member.Members.Select(one => $"{member} {one.Name}"),
        UserEvent user => [$"user {user.Name}"],
        _ => [happened.ToString()],
    });

    public override void Advance(Instant now)
    {
        Serf.Advance(now);
        Assert.True(Serf.NextDeadline > now, "work is left after an advance");
    }

    public void Deliver(SerfEvent happened) => Delivered.Add(happened);

    public List<string> SavedKeys { get; } = [];

    public Action WhenKeysSaved { get; set; } = () => { };

    /// <summary>Why the keys cannot be stored.</summary>
    public string? KeyringFault { get; set; }

    public string? SaveKeyring(Keyring keyring)
    {
        SavedKeys.Add(string.Join(
            ' ', Enumerable.Range(0, keyring.Count).Select(index => Convert.ToHexString(keyring.KeyAt(index))[..2])));
        WhenKeysSaved();
        return KeyringFault;
    }

    public int NameLostCount { get; private set; }

    public void NameLost() => NameLostCount++;

    /// <summary>What a client does that waited for a call.</summary>
    public Action WhenCompleted { get; set; } = () => { };

    public void CallCompleted(CallId call, string? error, int count)
    {
        Completed.Add(call.Value, (error, count, World.Now));
        WhenCompleted();
    }

    /// <summary>The configured join addresses, as they are resolved when the node asks.</summary>
    public IReadOnlyList<JoinTarget> Seeds { get; set; } = [];

    public int SeedsWantedCount { get; private set; }

    public void SeedsWanted()
    {
        SeedsWantedCount++;
        World.Schedule(TimeSpan.FromMilliseconds(20), () => Serf.TrySeeds(Seeds, World.Now));
    }

    public Instant Now => World.Now;

    public void Forget()
    {
        Delivered.Clear();
        Lines.Clear();
    }

    public MemberStatus? StatusOf(string name) =>
        Serf.Members().FirstOrDefault(member => member.Name.ToString() == name)?.Status;

    public string Stat(string key) => Serf.Stats().Single(entry => entry.Key == key).Value;

    public int CountOf(string happened) => Events.Count(line => line == happened);

    public long Join(IEnumerable<SerfHost> targets, bool ignoreOld = false) =>
        Join(ignoreOld, [.. targets.Select(target => Target(target.Address))]);

    public long Join(bool ignoreOld, params JoinTarget[] targets)
    {
        Serf.BeginJoin(new CallId(++_lastCall), targets, ignoreOld, World.Now);
        return _lastCall;
    }

    public static JoinTarget Target(NodeAddress address) => new(address.ToString(), address, null);

    public long Leave()
    {
        Serf.BeginLeave(new CallId(++_lastCall), World.Now);
        return _lastCall;
    }

    public long ForceLeave(string name, bool prune = false)
    {
        Serf.BeginForceLeave(new CallId(++_lastCall), Encoding.UTF8.GetBytes(name), prune, World.Now);
        return _lastCall;
    }

    public long SetTags(params (string Key, string Value)[] tags)
    {
        Serf.BeginSetTags(new CallId(++_lastCall), TagsOf(tags), World.Now);
        return _lastCall;
    }

    public static Tags TagsOf(params (string Key, string Value)[] tags) =>
        Tags.From(tags.Select(tag => new KeyValuePair<ByteString, ByteString>(
            ByteString.FromText(tag.Key), ByteString.FromText(tag.Value))));

    public string? SendEvent(string name, byte[]? payload = null, bool coalesce = false) =>
        Serf.SendUserEvent(Encoding.UTF8.GetBytes(name), payload, coalesce, World.Now);

    public string? BeginQuery(QueryParameters parameters, IQuerySink sink) =>
        Serf.BeginQuery(parameters, sink, World.Now);

    /// <summary>A message as it comes out of the gossip layer.</summary>
    public void Hear(ReadOnlySpan<byte> message)
    {
        ((ISwimObserver)Serf).UserMessage(message, World.Now);
        ((ISwimObserver)Serf).UserMessagesEnded(World.Now);
    }

    public void HearLeave(string name, ulong time, bool prune = false)
    {
        LeaveIntent intent = new() { LamportTime = time, Node = Encoding.UTF8.GetBytes(name), Prune = prune };
        byte[] message = new byte[SerfCodec.SizeOf(intent)];
        SerfCodec.Write(intent, message);
        Hear(message);
    }

    public void HearJoin(string name, ulong time)
    {
        JoinIntent intent = new() { LamportTime = time, Node = Encoding.UTF8.GetBytes(name) };
        byte[] message = new byte[SerfCodec.SizeOf(intent)];
        SerfCodec.Write(intent, message);
        Hear(message);
    }

    public void HearEvent(string name, ulong time, byte[]? payload = null)
    {
        UserEventMessage happened = new()
        {
            LamportTime = time,
            Name = Encoding.UTF8.GetBytes(name),
            Payload = payload,
        };
        byte[] message = new byte[SerfCodec.SizeOf(happened)];
        SerfCodec.Write(happened, message);
        Hear(message);
    }
}
