using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// AES in GCM mode around a packet or a stream message (spec gossip 2.5):
/// <c>version | nonce (12) | ciphertext | tag (16)</c>. Version 0 pads to a whole number of blocks first,
/// version 1 does not.
/// </summary>
public static class Sealing
{
    public const int NonceSize = 12;
    public const int TagSize = 16;

    /// <summary>Version and nonce.</summary>
    public const int HeaderSize = 1 + NonceSize;

    private const int BlockSize = 16;

    /// <summary>What a packet's budget must leave free, as every peer reckons it.</summary>
    public static int Overhead(byte version) => HeaderSize + TagSize + (version == 0 ? BlockSize : 0);

    /// <summary>Bytes behind the header: padding, if any, and tag included.</summary>
    public static int BodySize(byte version, int plainSize) =>
        plainSize + PaddingSize(version, plainSize) + TagSize;

    /// <summary>Seals in place.</summary>
    /// <param name="key">The key.</param>
    /// <param name="version">0 or 1.</param>
    /// <param name="block">Room of <see cref="HeaderSize"/>, the plaintext, and room for the rest of
    /// <see cref="BodySize"/>. The nonce is already in its place.</param>
    /// <param name="plainSize">Bytes of the plaintext.</param>
    /// <param name="associated">Authenticated with it, not part of it.</param>
    internal static void Seal(
        SealKey key, byte version, Span<byte> block, int plainSize, ReadOnlySpan<byte> associated)
    {
        Invariant.Holds(block.Length == HeaderSize + BodySize(version, plainSize));
        block[0] = version;
        Span<byte> text = block[HeaderSize..^TagSize];
        int padding = PaddingSize(version, plainSize);
        text[plainSize..].Fill((byte)padding);
        key.Cipher.Encrypt(block[1..HeaderSize], text, text, block[^TagSize..], associated);
    }

    /// <summary>Opens with the first key that fits.</summary>
    /// <param name="keys">The ring.</param>
    /// <param name="block">The sealed block.</param>
    /// <param name="associated">What was authenticated with it.</param>
    /// <param name="plain">At least as long as what is sealed. Apart from the block; with one key on the ring
    /// it may be the ciphertext itself, which is gone then even if the key does not fit.</param>
    /// <param name="plainSize">Bytes of the plaintext in <paramref name="plain"/>.</param>
    /// <param name="keyIndex">The key to try first; then the one that fitted.</param>
    internal static SealFault TryOpen(
        Keyring keys, ReadOnlySpan<byte> block, ReadOnlySpan<byte> associated, Span<byte> plain,
        out int plainSize, ref int keyIndex)
    {
        plainSize = 0;
        if (block.IsEmpty)
        {
            return SealFault.Empty;
        }

        byte version = block[0];
        if (version > 1)
        {
            return SealFault.VersionUnknown;
        }

        if (block.Length < Overhead(version))
        {
            return SealFault.TooSmall;
        }

        int size = block.Length - HeaderSize - TagSize;
        if (!TryKeys(keys, block, associated, plain[..size], ref keyIndex))
        {
            return SealFault.NoKeyFits;
        }

        int padding = version == 0 ? plain[size - 1] : 0;
        if (version == 0 && (padding is 0 or > BlockSize || padding > size))
        {
            return SealFault.PaddingInvalid;
        }

        plainSize = size - padding;
        return SealFault.None;
    }

    private static bool TryKeys(
        Keyring keys, ReadOnlySpan<byte> block, ReadOnlySpan<byte> associated, Span<byte> plain,
        ref int keyIndex)
    {
        IReadOnlyList<SealKey> ring = keys.Keys;
        int first = keyIndex < ring.Count ? keyIndex : 0;
        for (int turn = 0; turn < ring.Count; turn++)
        {
            // The hint, then the others in the order of the ring.
            int index = turn == 0 ? first : turn <= first ? turn - 1 : turn;
            if (TryKey(ring[index], block, associated, plain))
            {
                keyIndex = index;
                return true;
            }
        }

        return false;
    }

    // The cipher's only way to say that a tag does not fit is to throw.
    private static bool TryKey(
        SealKey key, ReadOnlySpan<byte> block, ReadOnlySpan<byte> associated, Span<byte> plain)
    {
        try
        {
            key.Cipher.Decrypt(
                block[1..HeaderSize], block[HeaderSize..^TagSize], block[^TagSize..], plain, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static int PaddingSize(byte version, int plainSize) =>
        version == 0 ? BlockSize - (plainSize % BlockSize) : 0;
}
