using System;

namespace Serf.Swim;

/// <summary>The protocol versions that every alive node understands (spec gossip 7.4).</summary>
internal struct VersionRange
{
    private byte _protocolMin;
    private byte _protocolMax;
    private byte _delegateMin;
    private byte _delegateMax;

    public static VersionRange Widest => new() { _protocolMax = byte.MaxValue, _delegateMax = byte.MaxValue };

    /// <param name="versions">Five bytes or more; the sixth is not looked at.</param>
    public void Narrow(ReadOnlySpan<byte> versions)
    {
        _protocolMin = Math.Max(_protocolMin, versions[0]);
        _protocolMax = Math.Min(_protocolMax, versions[1]);
        _delegateMin = Math.Max(_delegateMin, versions[3]);
        _delegateMax = Math.Min(_delegateMax, versions[4]);
    }

    /// <returns>Null when the node speaks what all understand.</returns>
    public readonly string? Violation(ReadOnlySpan<byte> name, NodeVersions versions)
    {
        if (versions.ProtocolCur < _protocolMin || versions.ProtocolCur > _protocolMax)
        {
            return $"Node '{SwimNode.Shown(name)}' protocol version ({versions.ProtocolCur}) is " +
                $"incompatible: [{_protocolMin}, {_protocolMax}]";
        }

        if (versions.DelegateCur < _delegateMin || versions.DelegateCur > _delegateMax)
        {
            return $"Node '{SwimNode.Shown(name)}' delegate protocol version ({versions.DelegateCur}) is " +
                $"incompatible: [{_delegateMin}, {_delegateMax}]";
        }

        return null;
    }
}
