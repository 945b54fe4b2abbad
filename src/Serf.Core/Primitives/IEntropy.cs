using System;

namespace Serf.Primitives;

/// <summary>Unpredictable bytes, for nonces, keys and query identifiers.</summary>
public interface IEntropy
{
    void Fill(Span<byte> destination);
}
