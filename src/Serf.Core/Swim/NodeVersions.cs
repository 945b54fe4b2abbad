using System;

namespace Serf.Swim;

/// <summary>The six version numbers a node announces, in wire order.</summary>
public readonly record struct NodeVersions(
    byte ProtocolMin, byte ProtocolMax, byte ProtocolCur, byte DelegateMin, byte DelegateMax,
        byte DelegateCur)
{
    public const int Size = 6;

    /// <summary>False unless there are six bytes or more.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out NodeVersions versions)
    {
        versions = default;
        if (bytes.Length < Size)
        {
            return false;
        }

        versions = new(bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
        return true;
    }

    public void Write(Span<byte> destination)
    {
        destination[0] = ProtocolMin;
        destination[1] = ProtocolMax;
        destination[2] = ProtocolCur;
        destination[3] = DelegateMin;
        destination[4] = DelegateMax;
        destination[5] = DelegateCur;
    }
}
