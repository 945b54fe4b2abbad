using System;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>
/// Buffers that carry packets from the receiving thread to the node's. The shared array pool keeps them per
/// thread and would hand out new ones here, where one thread only rents and another only returns.
/// </summary>
internal sealed class PacketBuffers
{
    private readonly BoundedRing<byte[]> _idle = new(Limits.PacketBufferCountMax);

    public byte[] Rent(int size)
    {
        if (size > Limits.PacketBufferSize)
        {
            return GC.AllocateUninitializedArray<byte>(size);
        }

        return _idle.TryDequeue(out byte[] buffer)
            ? buffer
            : GC.AllocateUninitializedArray<byte>(Limits.PacketBufferSize);
    }

    public void Return(byte[] buffer)
    {
        if (buffer.Length == Limits.PacketBufferSize)
        {
            _ = _idle.TryEnqueue(buffer);
        }
    }
}
