using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Soak;

/// <summary>How a node of a soak comes back.</summary>
public enum SoakKind
{
    /// <summary>It never goes.</summary>
    Steady,

    /// <summary>It goes and returns with its snapshot.</summary>
    Guest,

    /// <summary>It keeps nothing and asks for nothing of the meantime.</summary>
    Stranger,
}

/// <summary>One node through all of its lives. Its handler writes each event with the number of the life.</summary>
/// <remarks>One thread starts and ends it; any may ask it.</remarks>
public sealed class SoakNode(string folder, string name, string address, SoakKind kind) : IDisposable
{
    private readonly ReaderWriterLockSlim _openness = new();
    private Agent? _agent;
    private readonly Lock _gate = new();
    private readonly List<(TimeSpan From, TimeSpan To)> _excused = [];
    private readonly List<(TimeSpan From, TimeSpan To, int Life)> _ended = [];
    private bool _isOpen;

    public string Name => name;

    public string Gossip => $"{address}:{Agent.GossipPort}";

    public SoakKind Kind => kind;

    public int Life { get; private set; }

    /// <summary>The agent while it runs, and is not being ended.</summary>
    public Agent? Running => Volatile.Read(ref _agent);

    public string RecordPath => Path.Combine(folder, $"{name}.events");

    public string LogPath => Path.Combine(folder, $"{name}.log");

    /// <summary>How often it ended, by the way it did.</summary>
    public Dictionary<string, int> Ends { get; } = [];

    /// <summary>Of events that were sent in this time the node may miss some; how many is told.</summary>
    public void Excuse(TimeSpan from, TimeSpan to)
    {
        lock (_gate)
        {
            _excused.Add((from, to));
        }
    }

    public bool IsExcused(TimeSpan at)
    {
        lock (_gate)
        {
            return _excused.Exists(excuse => excuse.From <= at && at <= excuse.To);
        }
    }

    /// <summary>
    /// Of events that were sent in this time the node may never hear one, where in the life that ended then it has heard a
    /// later one.
    /// </summary>
    public void NoteEnd(TimeSpan from, TimeSpan to, int life)
    {
        lock (_gate)
        {
            _ended.Add((from, to, life));
        }
    }

    /// <summary>The lives at whose end an event sent at that time may have been on its way.</summary>
    public int[] EndedSoonAfter(TimeSpan at)
    {
        lock (_gate)
        {
            return [.. _ended.Where(end => end.From <= at && at <= end.To).Select(end => end.Life)];
        }
    }

    public void Start(IReadOnlyList<SoakNode> seeds)
    {
        Life++;
        List<string> flags =
        [
            "-retry-interval=1s",
            $"-event-handler=user:job=read -r payload; echo \"$LIFE $payload\" >> '{RecordPath}'",
            "-event-handler=query:load=echo \"$SERF_SELF_NAME\"",
            "-event-handler=member-join,member-leave,member-failed,member-update=true",
        ];
        foreach (SoakNode seed in seeds)
        {
            flags.Add($"-retry-join={seed.Gossip}");
        }

        if (kind != SoakKind.Stranger)
        {
            flags.AddRange([$"-snapshot={Path.Combine(folder, $"{name}.snapshot")}", "-rejoin", "-replay"]);
        }

        Agent agent = new(
            Binaries.Ours, name, address, flags, new Dictionary<string, string> { ["LIFE"] = $"{Life}" });
        Volatile.Write(ref _agent, agent);
        agent.Started();
    }

    /// <summary>From now on commands may be sent through it.</summary>
    public void Open()
    {
        _openness.EnterWriteLock();
        _isOpen = true;
        _openness.ExitWriteLock();
    }

    /// <summary>From the return of this on none is under way.</summary>
    public void Close()
    {
        _openness.EnterWriteLock();
        _isOpen = false;
        _openness.ExitWriteLock();
    }

    /// <summary>Does something through the agent, which is not ended meanwhile.</summary>
    /// <returns>False, and nothing is done, where it is closed.</returns>
    public bool TryUse(Action<RpcConnection> action)
    {
        _openness.EnterReadLock();
        try
        {
            if (!_isOpen)
            {
                return false;
            }

            using RpcConnection connection = _agent!.Connect();
            action(connection);
            return true;
        }
        finally
        {
            _openness.ExitReadLock();
        }
    }

    /// <summary>Ends the agent.</summary>
    /// <param name="way">leave, interrupt, terminate or kill.</param>
    public void End(string way)
    {
        Agent agent = _agent!;
        Volatile.Write(ref _agent, null);
        if (way == "leave")
        {
            agent.Run("leave");
        }
        else
        {
            agent.Process.Send(way switch
            {
                "interrupt" => Signal.Interrupt,
                "terminate" => Signal.Terminate,
                _ => Signal.Kill,
            });
        }

        agent.Process.WaitForExit(TimeSpan.FromSeconds(30));
        File.AppendAllText(LogPath, $"--- life {Life}, ended by {way}\n{agent.Process.Output}{agent.Process.Error}\n");
        agent.Dispose();
        Ends[way] = Ends.GetValueOrDefault(way) + 1;
    }

    public void Dispose()
    {
        if (_agent is { } agent)
        {
            File.AppendAllText(LogPath, $"--- life {Life}\n{agent.Process.Output}{agent.Process.Error}\n");
            agent.Dispose();
        }

        _openness.Dispose();
    }
}
