using System;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>The kernel's unpredictable bytes. Any thread.</summary>
internal sealed class SystemEntropy : IEntropy
{
    public void Fill(Span<byte> destination) => Libc.FillRandom(destination);
}
