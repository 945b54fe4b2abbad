using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// Joins the addresses that multicast DNS finds, several at a time (spec agent 12.4). On the node thread.
/// </summary>
/// <remarks>
/// Each address is joined once. Where that fails it is tried again at later polls, which become fewer and
/// fewer; the original tries once. It also joins itself and every node that gossip has told it of already,
/// which this does not.
/// </remarks>
internal sealed class MdnsJoiner(MdnsJoiner.IHost host, NodeAddress own)
{
    private const int RetryShiftMax = 5;
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(100);

    private readonly List<NodeAddress> _batch = [];
    private readonly List<NodeAddress> _joining = [];
    private readonly Dictionary<NodeAddress, Peer> _peers = [];
    private Instant _quietEnd = Instant.Never;
    private int _pollCount;

    /// <summary>What it works with.</summary>
    internal interface IHost
    {
        ILog Log { get; }

        /// <summary>Whether the node is still to join anybody.</summary>
        bool MayJoin { get; }

        /// <summary>Takes out what is the address of a member that is alive.</summary>
        void RemoveMembers(List<NodeAddress> addresses);

        /// <summary>Ends in <see cref="Ended"/>, later or at once.</summary>
        void BeginJoin(IReadOnlyList<string> addresses);
    }

    /// <summary>When <see cref="Advance"/> next has work.</summary>
    public Instant NextDeadline => _joining.Count > 0 ? Instant.Never : _quietEnd;

    /// <summary>A poll begins.</summary>
    public void BeginPoll() => _pollCount++;

    /// <summary>An address that a poll has found, maybe once more.</summary>
    public void Found(in NodeAddress address, Instant now)
    {
        if (address == own || _batch.Count >= Limits.MdnsBatchCountMax
            || _batch.Contains(address) || _joining.Contains(address)
            || (_peers.TryGetValue(address, out Peer peer) && peer.NextPoll > _pollCount))
        {
            return;
        }

        _batch.Add(address);
        _quietEnd = now + QuietTime;
    }

    public void Advance(Instant now)
    {
        if (NextDeadline > now)
        {
            return;
        }

        _quietEnd = Instant.Never;
        if (!host.MayJoin)
        {
            _batch.Clear();
            return;
        }

        Dismiss(_batch);
        if (_batch.Count == 0)
        {
            return;
        }

        _joining.AddRange(_batch);
        _batch.Clear();
        List<string> texts = [];
        foreach (NodeAddress address in _joining)
        {
            texts.Add(address.ToString());
        }

        host.BeginJoin(texts);
    }

    /// <summary>The end of a join.</summary>
    /// <param name="error">Nobody answered.</param>
    /// <param name="count">Addresses that did.</param>
    public void Ended(string? error, int count)
    {
        if (error is null && count >= _joining.Count)
        {
            _joining.ForEach(Handled);
        }
        else
        {
            // Who answered is a member now. All others are tried again some time.
            Dismiss(_joining);
            _joining.ForEach(Failed);
        }

        _joining.Clear();
        if (count > 0)
        {
            host.Log.Write(
                LogLevel.Info,
                string.Create(CultureInfo.InvariantCulture, $"agent.mdns: Joined {count} hosts"));
        }

        if (error is not null && host.MayJoin)
        {
            host.Log.Write(LogLevel.Err, "agent.mdns: Failed to join: " + error);
        }
    }

    private void Dismiss(List<NodeAddress> addresses)
    {
        NodeAddress[] before = [.. addresses];
        host.RemoveMembers(addresses);
        foreach (NodeAddress address in before)
        {
            if (!addresses.Contains(address))
            {
                Handled(address);
            }
        }
    }

    private void Handled(NodeAddress address) => Remember(address, new Peer(0, int.MaxValue));

    private void Failed(NodeAddress address)
    {
        int failureCount = _peers.GetValueOrDefault(address).FailureCount;
        int pause = 1 << Math.Min(failureCount, RetryShiftMax);
        Remember(address, new Peer(failureCount + 1, _pollCount + pause));
    }

    private void Remember(NodeAddress address, Peer peer)
    {
        if (_peers.Count >= Limits.MdnsPeerCountMax)
        {
            // Somebody tells of thousands of nodes. To join one of them a second time does no harm.
            _peers.Clear();
        }

        _peers[address] = peer;
    }

    /// <param name="FailureCount">Joins that failed.</param>
    /// <param name="NextPoll">The number of the poll at which it is to be joined.</param>
    private readonly record struct Peer(int FailureCount, int NextPoll);
}
