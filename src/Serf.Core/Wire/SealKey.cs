using System;
using System.Security.Cryptography;

namespace Serf.Wire;

/// <summary>One AES key with its cipher, which is made on first use and kept: a key schedule for every packet
/// would cost more than the packet.</summary>
internal sealed class SealKey(ReadOnlySpan<byte> bytes) : IDisposable
{
    private readonly byte[] _bytes = bytes.ToArray();
    private AesGcm? _cipher;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public AesGcm Cipher => _cipher ??= new AesGcm(_bytes, Sealing.TagSize);

    public void Dispose()
    {
        _cipher?.Dispose();
        _cipher = null;
        CryptographicOperations.ZeroMemory(_bytes);
    }
}
