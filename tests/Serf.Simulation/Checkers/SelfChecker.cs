using Serf.Swim;

namespace Serf.Simulation.Checkers;

/// <summary>A node never believes itself dead or suspect, unless it leaves.</summary>
public sealed class SelfChecker
{
    private bool _leaving;

    /// <summary>From here on the node may be gone.</summary>
    public void Leave() => _leaving = true;

    /// <returns>The reason the state is illegal, or null.</returns>
    public string? Observe(MemberState self) => self == MemberState.Alive || (_leaving && self == MemberState.Left)
        ? null
        : $"a node believes itself {self}";
}
