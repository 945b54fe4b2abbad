using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Simulation.Checkers;

/// <summary>
/// One query as its originator must see it: each ack and each answer once, of nodes that were asked, of this
/// query and no other, nothing after the end, and the end in time and not too early.
/// </summary>
/// <param name="number">What tells this query from all others; every answer repeats it.</param>
/// <param name="wantsAcks">Acks were asked for.</param>
/// <param name="wantsAnswers">False where nothing but acks can come.</param>
/// <param name="deadline">The end, at the latest.</param>
public sealed class QueryChecker(ulong number, bool wantsAcks, bool wantsAnswers, Instant deadline)
{
    private readonly HashSet<ByteString> _concerned = new(ByteString.Comparer);
    private readonly HashSet<ByteString> _acked = new(ByteString.Comparer);
    private readonly HashSet<ByteString> _answered = new(ByteString.Comparer);
    private readonly List<ByteString> _awaited = [];

    public Instant Deadline { get; } = deadline;

    public bool IsEnded { get; private set; }

    public bool EndedEarly { get; private set; }

    public Instant EndedAt { get; private set; } = Instant.Never;

    public int AnswerCount => _answered.Count;

    public int AckCount => _acked.Count;

    /// <summary>The node passes the filters, now at least.</summary>
    public void Concern(ByteString name) => _concerned.Add(name);

    /// <summary>The originator believes the node alive and concerned.</summary>
    public void Await(ByteString name) => _awaited.Add(name);

    /// <summary>The originator has seen the node go.</summary>
    public void Gone(ByteString name) => _awaited.Remove(name);

    public bool HasAcked(ByteString name) => _acked.Contains(name);

    public bool HasAnswered(ByteString name) => _answered.Contains(name);

    /// <returns>The reason the history is illegal, or null.</returns>
    public string? Acked(ByteString name)
    {
        if (!wantsAcks)
        {
            return $"query {number}: an ack of {name} that nobody asked for";
        }

        return Took("ack", name, _acked);
    }

    /// <param name="name">Who answers.</param>
    /// <param name="answered">The number that the answer repeats.</param>
    /// <returns>The reason the history is illegal, or null.</returns>
    public string? Answered(ByteString name, ulong answered)
    {
        if (!wantsAnswers)
        {
            return $"query {number}: an answer of {name} where only acks can come";
        }

        return answered == number
            ? Took("answer", name, _answered)
            : $"query {number}: {name} answers to query {answered}";
    }

    /// <param name="now">When the originator was told.</param>
    /// <param name="mayBeLate">The originator did not run at the deadline.</param>
    /// <returns>The reason the history is illegal, or null.</returns>
    public string? Ended(Instant now, bool mayBeLate)
    {
        if (IsEnded)
        {
            return $"query {number}: ended twice";
        }

        IsEnded = true;
        EndedAt = now;
        EndedEarly = now < Deadline;
        return now > Deadline && !mayBeLate ? $"query {number}: ended after its deadline" : null;
    }

    /// <summary>Whom a query that ended early still had to wait for.</summary>
    /// <returns>Null when it was right to end.</returns>
    public ByteString? TooEarly()
    {
        foreach (ByteString name in _awaited)
        {
            if ((wantsAcks && !_acked.Contains(name)) || (wantsAnswers && !_answered.Contains(name)))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>The originator has just done all that was due.</summary>
    /// <returns>The reason the state is illegal, or null.</returns>
    public string? Overdue(Instant now) =>
        IsEnded || now < Deadline ? null : $"query {number}: still open after its deadline";

    /// <summary>
    /// In calm, where everybody who is asked answers: who received the query has acked and answered.
    /// </summary>
    /// <returns>The reason the state is illegal, or null.</returns>
    public string? Incomplete(ByteString reached)
    {
        if (wantsAcks && !_acked.Contains(reached))
        {
            return $"query {number}: received by {reached}, which has not acked";
        }

        return wantsAnswers && !_answered.Contains(reached)
            ? $"query {number}: received by {reached}, which has not answered"
            : null;
    }

    private string? Took(string what, ByteString name, HashSet<ByteString> taken)
    {
        if (IsEnded)
        {
            return $"query {number}: an {what} of {name} after the end";
        }

        if (!_concerned.Contains(name))
        {
            return $"query {number}: an {what} of {name}, which the filters exclude";
        }

        return taken.Add(name) ? null : $"query {number}: the {what} of {name} counts twice";
    }
}
