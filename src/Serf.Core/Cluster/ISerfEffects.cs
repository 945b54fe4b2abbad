using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>
/// Everything a <see cref="SerfNode"/> tells the world beyond what its <see cref="Swim.SwimNode"/> does.
/// Calls are synchronous, on the node's thread, and must not re-enter the node.
/// </summary>
public interface ISerfEffects
{
    /// <summary>For what nobody must guess.</summary>
    IEntropy Entropy { get; }

    /// <summary>One event, coalesced, in order.</summary>
    void Deliver(SerfEvent happened);

    /// <summary>
    /// A peer has changed the keys, or asked for it: they are stored, where there is a place for them.
    /// </summary>
    /// <returns>Null, or why not; the change stands all the same.</returns>
    string? SaveKeyring(Keyring keyring);

    /// <summary>
    /// The configured join addresses are to be tried again: <see cref="SerfNode.TrySeeds"/> takes them,
    /// later. Only with <see cref="SerfOptions.HasSeeds"/>.
    /// </summary>
    void SeedsWanted()
    {
    }

    /// <summary>A call of the host ended. The one effect from which the node may be called again.</summary>
    /// <param name="call">What the call was begun with.</param>
    /// <param name="error">Null on success, else why it failed, in the original's words.</param>
    /// <param name="count">For a join: the addresses that answered.</param>
    void CallCompleted(CallId call, string? error, int count);
}

/// <summary>A call that ends later. Numbers are the host's.</summary>
public readonly record struct CallId(long Value);

/// <summary>One address to be joined, or the reason there is none.</summary>
/// <param name="Text">As it is named in errors: <c>10.0.0.1:7946</c>.</param>
/// <param name="Address">None when <paramref name="Fault"/> says why.</param>
/// <param name="Fault">The whole error line of a name that was not resolved, else null.</param>
public readonly record struct JoinTarget(string Text, NodeAddress Address, string? Fault);
