using System;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// Where a <see cref="SnapshotLog"/> is kept. Calls are taken in their order and never wait for a disk; what
/// became of them is told to the log later. A store that failed to append keeps nothing more until it has
/// replaced the whole content: a gap in the middle would be read as if nothing were missing.
/// </summary>
public interface ISnapshotStore
{
    /// <summary>Adds whole lines at the end.</summary>
    /// <returns>False when too many wait already; these are then lost, and so are all up to the next
    /// <see cref="Replace"/>.</returns>
    bool Append(ReadOnlySpan<byte> lines);

    /// <summary>
    /// Puts this in place of everything before, in one step: whoever reads finds the old or the new.
    /// </summary>
    /// <param name="content">Taken over: empty afterwards.</param>
    void Replace(ByteBuffer content);

    /// <summary>What was given before is to survive a power failure.</summary>
    void Sync();
}
