using System.Threading;

namespace Serf.Net;

/// <summary>
/// Bytes that several connections hold together for peers that have not taken them. Any thread.
/// </summary>
internal sealed class StreamTotal
{
    private long _size;

    public long Size => Volatile.Read(ref _size);

    public void Add(long size) => Interlocked.Add(ref _size, size);
}
