using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Simulation.Checkers;

/// <summary>
/// In the end every node that runs sees every other as it is, nobody sees a ghost, those who still list a
/// node that is gone say the same of it, and nothing is left to be told.
/// </summary>
public sealed class AgreementChecker
{
    /// <param name="hosts">By slot; null where no process runs.</param>
    /// <param name="pruned">Slots of those that were removed everywhere.</param>
    /// <returns>The first disagreement, or null.</returns>
    public static string? Observe(IReadOnlyList<SimHost?> hosts, IReadOnlyCollection<int>? pruned = null)
    {
        string?[] gone = new string?[hosts.Count];
        foreach (SimHost? observer in hosts)
        {
            if (observer is null)
            {
                continue;
            }

            if (observer.IsLeaving)
            {
                return $"{observer.Name} has not left yet";
            }

            string? complaint = Silent(observer) ?? Members(observer, hosts, gone, pruned ?? []);
            if (complaint is not null)
            {
                return $"{observer.Name}: {complaint}";
            }
        }

        return null;
    }

    /// <summary>One observer's list against those who run.</summary>
    /// <param name="observer">Whose list.</param>
    /// <param name="hosts">By slot; null where no process runs.</param>
    /// <param name="gone">What was said so far of those who are gone, by slot.</param>
    /// <param name="pruned">Slots of those that nobody may list.</param>
    private static string? Members(
        SimHost observer, IReadOnlyList<SimHost?> hosts, string?[] gone, IReadOnlyCollection<int> pruned)
    {
        IReadOnlyList<MemberInfo> members = observer.Serf.Members();
        Dictionary<ByteString, MemberInfo> byName = new(ByteString.Comparer);
        foreach (MemberInfo member in members)
        {
            byName.Add(member.Name, member);
        }

        for (int slot = 0; slot < hosts.Count; slot++)
        {
            _ = byName.Remove(SimHost.NameOf(slot), out MemberInfo? info);
            string? complaint = hosts[slot] is { } subject
                ? Running(info, observer.Serf.Swim.Find(subject.Name.Span), subject)
                : Gone(info, ref gone[slot]);
            if (complaint is not null)
            {
                return $"n{slot} {complaint}";
            }
        }

        foreach (int slot in pruned)
        {
            if (hosts[slot] is null && observer.StatusOf(SimHost.NameOf(slot)) != MemberStatus.None)
            {
                return $"n{slot} is listed, and was pruned";
            }
        }

        foreach (MemberInfo member in members)
        {
            if (byName.ContainsKey(member.Name))
            {
                return $"{member.Name} was never there";
            }
        }

        return null;
    }

    private static string? Running(MemberInfo? info, Member? member, SimHost subject)
    {
        if (info is null || member is null)
        {
            return "is not known";
        }

        if (info.Status != MemberStatus.Alive || member.State != MemberState.Alive)
        {
            return $"is {info.Status.Label()} and {member.State}, and runs";
        }

        if (info.Address != subject.Address)
        {
            return $"is at {info.Address} instead of {subject.Address}";
        }

        if (member.Incarnation != subject.Serf.Swim.Self.Incarnation)
        {
            return $"is known with incarnation {member.Incarnation} of {subject.Serf.Swim.Self.Incarnation}";
        }

        return AreEqual(info.Tags, subject.Serf.Tags) ? null : "is known with other tags";
    }

    private static string? Gone(MemberInfo? info, ref string? said)
    {
        if (info is null)
        {
            return null;
        }

        string status = info.Status.Label();
        if (info.Status is not MemberStatus.Failed and not MemberStatus.Left)
        {
            return $"is {status}, and does not run";
        }

        said ??= status;
        return said == status ? null : $"is {status} here and {said} elsewhere";
    }

    private static string? Silent(SimHost host)
    {
        (int intents, int events, int queries) = host.Serf.QueueDepths;
        int waiting = host.Serf.Swim.Broadcasts.Count + intents + events + queries;
        return waiting == 0 ? null : $"{waiting} messages still wait";
    }

    private static bool AreEqual(Tags left, Tags right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (int index = 0; index < left.Count; index++)
        {
            if (left.Entries[index].Key != right.Entries[index].Key
                || left.Entries[index].Value != right.Entries[index].Value)
            {
                return false;
            }
        }

        return true;
    }
}
