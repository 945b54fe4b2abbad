namespace Serf.Net;

/// <summary>
/// What a <see cref="StreamDriver"/> tells. All but the last two are called on threads of the pool and may
/// wait for room in an inbox; after the driver was closed by its owner they are not called any more, except
/// for a call already on its way.
/// </summary>
internal interface IStreamSink
{
    /// <summary>The dialled peer is there. Reading starts with the owner's
    /// <see cref="StreamDriver.Resume"/>.</summary>
    void Connected();

    /// <summary>Bytes, at the start of the driver's buffer: they stay until
    /// <see cref="StreamDriver.Resume"/>.</summary>
    void Received(byte[] buffer, int length);

    /// <summary>The peer sends no more.</summary>
    void Ended();

    /// <summary>The connection is gone, for this reason; it is closed already.</summary>
    void Failed(string reason);

    /// <summary>Everything queued was written. On any thread, the owner's included: must not block.</summary>
    void Drained();

    /// <summary>The socket is closed. Once, on any thread, the owner's included: must not block.</summary>
    void Closed();
}
