using Serf.Primitives;
using Serf.Wire;

namespace Serf.Core.Tests.Swim;

/// <summary>What the packets of a <see cref="SteadyWorld"/> are wrapped in.</summary>
internal sealed record SteadyLayers
{
    public bool Compression { get; init; }

    /// <summary>Nodes are named after their address, and so get checksums on everything.</summary>
    public bool NamedByAddress { get; init; }

    public bool IPv6 { get; init; }

    public ByteString Label { get; init; }

    public bool Encrypted { get; init; }

    /// <summary>1 for seals of version 0.</summary>
    public byte ProtocolCur { get; init; } = 2;

    public Encryption? NewEncryption(byte seed)
    {
        if (!Encrypted)
        {
            return null;
        }

        Keyring ring = new();
        ring.Add(new byte[32]);
        return new Encryption(ring, new SteadyEntropy(seed), (byte)(ProtocolCur == 1 ? 0 : 1));
    }

    private sealed class SteadyEntropy(byte seed) : IEntropy
    {
        private Prng _prng = new(seed);

        public void Fill(System.Span<byte> destination)
        {
            foreach (ref byte value in destination)
            {
                value = (byte)_prng.NextUInt64();
            }
        }
    }
}
