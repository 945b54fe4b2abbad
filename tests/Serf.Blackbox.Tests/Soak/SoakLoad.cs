using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Soak;

/// <summary>
/// What is done to a cluster in a soak, each by a thread of its own with chance of its own: the seed decides what each does
/// in which order, the machine how they fall together.
/// </summary>
public sealed class SoakLoad
{
    private static readonly string[] _ways = ["leave", "interrupt", "kill", "terminate"];

    private static readonly TimeSpan _unhandled = TimeSpan.FromSeconds(2);

    // What gossip has not brought, and no exchange of states yet, is passed over after the next start if a later event
    // was heard before: docs/upgrade.md.
    private static readonly TimeSpan _exchange = TimeSpan.FromSeconds(40);

    private readonly IReadOnlyList<SoakNode> _nodes;
    private readonly SoakClock _clock;
    private readonly SoakLedger _ledger;
    private readonly int _seed;
    private readonly List<Thread> _threads = [];
    private readonly List<string> _faults = [];
    private int _answeredCount;
    private int _awaitedCount;
    private int _streamCount;
    private int _tagCount;
    private int _joinCount;

    public SoakLoad(IReadOnlyList<SoakNode> nodes, SoakClock clock, SoakLedger ledger, int seed)
    {
        _nodes = nodes;
        _clock = clock;
        _ledger = ledger;
        _seed = seed;
    }

    /// <summary>What happened that must not; each has ended the soak.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public string Summary =>
        $"{_ledger.Count} events that must not be merged, {_tagCount} changes of tags, {_joinCount} joins by hand, "
        + $"{_streamCount} streams; {_answeredCount} of {_awaitedCount} answers of steady nodes to queries";

    public void Start()
    {
        Begin("events", SendEvents);
        Begin("queries", Ask);
        Begin("tags and joins", ChangeAndJoin);
        for (int number = 0; number < 3; number++)
        {
            Begin($"streams {number}", Follow);
        }

        foreach (SoakNode node in _nodes.Where(node => node.Kind != SoakKind.Steady))
        {
            Begin(node.Name, chance => ComeAndGo(node, chance));
        }
    }

    public void Join()
    {
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private void Begin(string name, Action<Random> work)
    {
        Random chance = new((_seed * 1000) + _threads.Count);
        Thread thread = new(() =>
        {
            try
            {
                work(chance);
            }
            catch (Exception exception)
            {
                lock (_faults)
                {
                    _faults.Add($"{name} at {_clock.Now.TotalSeconds:0.0} s: {exception}");
                }

                _clock.End();
            }
        });
        _threads.Add(thread);
        thread.Start();
    }

    /// <summary>About five a second; every tenth is one that may be merged and is not counted.</summary>
    private void SendEvents(Random chance)
    {
        for (int number = 1; _clock.Pause(chance, 0.05, 0.35); number++)
        {
            bool mustCount = chance.Next(10) != 0;
            string payload = $"{number}-{new string('x', chance.Next(300))}";
            SoakNode node = _nodes[chance.Next(_nodes.Count)];
            node.TryUse(connection =>
            {
                RpcReply reply = connection.Call("event", new()
                {
                    ["Name"] = mustCount ? "job" : $"tick{chance.Next(5)}",
                    ["Payload"] = Encoding.ASCII.GetBytes(payload),
                    ["Coalesce"] = !mustCount,
                });
                Succeed("event", reply);
                if (mustCount)
                {
                    _ledger.Add(payload, _clock.Now);
                }
            });
        }
    }

    private void Ask(Random chance)
    {
        while (_clock.Pause(chance, 1, 6))
        {
            HashSet<string> awaited = [.. _nodes.Where(node => node.Kind == SoakKind.Steady).Select(node => node.Name)];
            int steadyCount = awaited.Count;
            SoakNode asker = _nodes[chance.Next(_nodes.Count)];
            bool wasAsked = asker.TryUse(connection =>
            {
                Succeed("query", connection.Call("query", new()
                {
                    ["Name"] = "load",
                    ["RequestAck"] = chance.Next(2) == 0,
                    ["RelayFactor"] = chance.Next(3),
                    ["Timeout"] = 2_000_000_000L,
                }));
                string type;
                do
                {
                    IReadOnlyDictionary<string, object?> record = connection.Receive(hasBody: true).Body!;
                    type = (string)record["Type"]!;
                    if (type == "response")
                    {
                        awaited.Remove((string)record["From"]!);
                    }
                }
                while (type != "done");
            });
            if (wasAsked)
            {
                _awaitedCount += steadyCount;
                _answeredCount += steadyCount - awaited.Count;
            }
        }
    }

    private void ChangeAndJoin(Random chance)
    {
        while (_clock.Pause(chance, 1, 5))
        {
            SoakNode node = _nodes[chance.Next(_nodes.Count)];
            SoakNode other = _nodes[chance.Next(_nodes.Count)];
            node.TryUse(connection =>
            {
                if (chance.Next(3) == 0)
                {
                    // A join that wants no replay makes the node deaf for what is on its way: docs/upgrade.md.
                    bool wantsReplay = chance.Next(4) != 0;
                    TimeSpan from = _clock.Now - _unhandled;

                    // The other one may be away: an error is as good.
                    connection.Call(
                        "join",
                        new() { ["Existing"] = new List<string> { other.Gossip }, ["Replay"] = wantsReplay },
                        hasReplyBody: true);
                    _joinCount++;
                    if (!wantsReplay)
                    {
                        node.Excuse(from, _clock.Now);
                    }

                    return;
                }

                Dictionary<string, object?> tags = new() { [$"t{chance.Next(4)}"] = new string('v', chance.Next(60)) };
                List<string> gone = [$"t{chance.Next(4)}"];
                Succeed("tags", connection.Call("tags", new() { ["Tags"] = tags, ["DeleteTags"] = gone }));
                _tagCount++;
            });
        }
    }

    /// <summary>A client that follows events or the log for a while and goes, with or without a word, or stops reading.</summary>
    private void Follow(Random chance)
    {
        while (_clock.Pause(chance, 0.1, 3))
        {
            if (_nodes[chance.Next(_nodes.Count)].Running is not { } agent)
            {
                continue;
            }

            // The agent may end at any moment.
            try
            {
                using RpcConnection connection = agent.Connect();
                ulong seq = chance.Next(2) == 0
                    ? connection.Send("monitor", new() { ["LogLevel"] = "DEBUG" })
                    : connection.Send("stream", new() { ["Type"] = chance.Next(2) == 0 ? "*" : "user,query:load" });
                _streamCount++;
                if (chance.Next(4) == 0)
                {
                    _clock.Pause(chance, 1, 20);
                    continue;
                }

                connection.Receive(hasBody: false);
                int count = chance.Next(30);
                for (int record = 0; record < count && !_clock.IsOver; record++)
                {
                    connection.Receive(hasBody: true);
                }

                if (chance.Next(2) == 0)
                {
                    connection.Send("stop", new() { ["Stop"] = seq });
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException or InvalidOperationException)
            {
                _streamCount++;
            }
        }
    }

    private void ComeAndGo(SoakNode node, Random chance)
    {
        SoakNode[] seeds = [.. _nodes.Where(other => other.Kind == SoakKind.Steady)];
        while (_clock.Pause(chance, 10, 60))
        {
            string way = _ways[chance.Next(_ways.Length)];
            int life = node.Life;
            node.Close();
            TimeSpan from = _clock.Now;

            // What it has taken itself has been told to others by then.
            if (!_clock.Pause(TimeSpan.FromSeconds(3)))
            {
                node.Open();
                return;
            }

            TimeSpan end = _clock.Now;
            node.End(way);
            TimeSpan gone = _clock.Now;
            _clock.Pause(chance, 0, 20);
            node.Start(seeds);
            Eventually.True(
                $"{node.Name} is back",
                TimeSpan.FromSeconds(60),
                () => IsBack(node, seeds),
                () => node.Running!.Process.Describe(),
                TimeSpan.FromMilliseconds(200));
            TimeSpan back = _clock.Now;
            if (node.Kind == SoakKind.Stranger)
            {
                // Its join goes through several addresses, and each makes it deaf for what is on its way.
                node.Excuse(from, back + _unhandled);
            }
            else
            {
                node.NoteEnd(end - _exchange, gone, life);
                if (way is "kill" or "terminate")
                {
                    // What was recorded and no handler has run for yet: docs/upgrade.md.
                    node.Excuse(end - _unhandled, gone);
                }
            }

            node.Open();
        }
    }

    private static bool IsBack(SoakNode node, SoakNode[] seeds)
    {
        string statuses = node.Running!.Statuses();
        return seeds.All(seed => statuses.Contains($"{seed.Name}=alive", StringComparison.Ordinal))
            && seeds.All(seed => seed.Running!.Statuses().Contains($"{node.Name}=alive", StringComparison.Ordinal));
    }

    private static void Succeed(string command, RpcReply reply)
    {
        if (reply.Error.Length != 0)
        {
            throw new InvalidOperationException($"{command}: {reply.Error}");
        }
    }
}
