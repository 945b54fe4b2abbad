using System;

namespace Serf.Swim;

/// <summary>
/// Lifeguard's health score (spec gossip 5.7): how much this node distrusts itself. 0 is best; it stretches
/// the time a probe may take.
/// </summary>
public sealed class Awareness(int maxMultiplier)
{
    // At least one, or every probe would have no time at all.
    private readonly int _scoreMax = Math.Max(1, maxMultiplier) - 1;

    public int Score { get; private set; }

    public void Apply(int change) => Score = (int)Math.Clamp((long)Score + change, 0, _scoreMax);

    public TimeSpan Scale(TimeSpan time) => time * (Score + 1);
}
