using System;

namespace Serf.Simulation.Checkers;

/// <summary>
/// What the node that received a query has to say to its application's answers: one in time, of a fair size,
/// goes out, and no other.
/// </summary>
public sealed class AnswerChecker
{
    private bool _sent;

    /// <param name="tooLarge">The payload alone is as long as an answer may be.</param>
    /// <param name="late">The answer comes after the deadline.</param>
    /// <param name="toStranger">The node knows no member where the answer goes: it sends few of those.</param>
    /// <param name="refusal">What the node said; null for an answer that went out.</param>
    /// <returns>The reason it is wrong, or null.</returns>
    public string? Observe(bool tooLarge, bool late, bool toStranger, string? refusal)
    {
        string expected = tooLarge ? "response exceeds limit"
            : _sent ? "response already sent"
            : late ? "response is past the deadline"
            : "";
        _sent |= refusal is null;
        bool right = expected.Length == 0
            ? refusal is null
                || (toStranger && refusal.StartsWith("failed to send the response", StringComparison.Ordinal))
            : refusal?.StartsWith(expected, StringComparison.Ordinal) == true;
        return right ? null : $"to an answer the node said '{refusal}' instead of '{expected}'";
    }
}
