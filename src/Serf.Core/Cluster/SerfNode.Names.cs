using System;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Cluster;

// Names that are refused where the operator asks for it (spec serf 4.15).
public sealed partial class SerfNode
{
    bool ISwimObserver.AcceptsAlive(
        ReadOnlySpan<byte> name, in NodeAddress address, ReadOnlySpan<byte> meta, NodeVersions versions) =>
        RefuseName(name) is null;

    string? ISwimObserver.RefuseMerge(
        ReadOnlySpan<byte> name, in NodeAddress address, ReadOnlySpan<byte> meta, MemberState state) =>
        RefuseName(name);

    private string? RefuseName(ReadOnlySpan<byte> name) =>
        Options.ValidateNodeNames ? NodeName.Fault(name) : null;
}
