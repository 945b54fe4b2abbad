using System;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>
/// Everything a <see cref="SwimNode"/> may ask of the world. Calls are synchronous and must not
/// re-enter the node; spans are valid only until the call returns.
/// </summary>
public interface ISwimEffects
{
    ILog Log { get; }

    /// <summary>Asked for once, when the node is made.</summary>
    IMetrics Metrics => NoMetrics.Instance;

    /// <summary>One datagram.</summary>
    /// <returns>False when the system refused it at once: it counts as a remote failure (spec gossip
    /// 5.3).</returns>
    bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet);

    /// <summary>
    /// Starts to dial. The host answers with <see cref="SwimNode.StreamConnected"/> or
    /// <see cref="SwimNode.StreamFailed"/>; the node itself watches its deadlines.
    /// </summary>
    void OpenStream(StreamId stream, in NodeAddress target);

    /// <summary>Queues bytes on an open stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="bytes">May be megabytes: the host may take its memory over
    /// (<see cref="ByteBuffer.MoveTo"/>). What it leaves is disposed of by the caller.</param>
    void SendStream(StreamId stream, ByteBuffer bytes);

    /// <summary>
    /// Forgets the stream: what was queued is still written (within the host's own time limit), then the
    /// connection is closed. The host reports nothing more about it.
    /// </summary>
    void CloseStream(StreamId stream);
}
