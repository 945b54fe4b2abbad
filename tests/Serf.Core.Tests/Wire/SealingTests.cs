using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class SealingTests
{
    private static readonly byte[] _first = Key(16, 1);
    private static readonly byte[] _second = Key(24, 2);
    private static readonly byte[] _third = Key(32, 3);

    [Fact]
    public void Every_recorded_block_is_sealed_byte_for_byte_and_opened()
    {
        int count = 0;
        foreach (JsonElement vector in LayerVectors.Load("memberlist-encryption.json", "encrypt"))
        {
            JsonElement input = vector.GetProperty("input");
            byte version = input.GetProperty("version").GetByte();
            byte[] plain = LayerVectors.Hex(input, "plaintext");
            byte[] associated = LayerVectors.Hex(input, "aad");
            byte[] expected = LayerVectors.Hex(vector);
            Encryption encryption = new(
                Ring(LayerVectors.Hex(input, "key")), new FixedEntropy(LayerVectors.Hex(input, "nonce")), version);

            Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Seal(encryption, plain, associated)));
            using ByteBuffer opened = new();
            Assert.Equal(SealFault.None, encryption.TryOpen(expected, associated, opened));
            Assert.Equal(plain, opened.Written.ToArray());
            count++;
        }

        Assert.True(count >= 48, $"{count}");
    }

    [Fact]
    public void Every_recorded_block_is_opened_or_refused_in_the_originals_words()
    {
        int count = 0;
        foreach (JsonElement vector in LayerVectors.Load("memberlist-encryption.json", "decrypt"))
        {
            JsonElement input = vector.GetProperty("input");
            Encryption encryption = new(Ring([.. LayerVectors.HexList(input, "keys")]), new FixedEntropy([0]), 1);
            byte[] block = LayerVectors.Hex(vector);
            using ByteBuffer opened = new();
            SealFault fault = encryption.TryOpen(block, LayerVectors.Hex(input, "aad"), opened);
            if (vector.TryGetProperty("error", out JsonElement error))
            {
                Assert.Equal(error.GetString(), Encryption.Describe(fault, block));
                Assert.Equal(0, opened.Length);
            }
            else
            {
                Assert.Equal(SealFault.None, fault);
                Assert.Equal(LayerVectors.Hex(vector, "plaintext"), opened.Written.ToArray());
            }

            count++;
        }

        Assert.True(count >= 10, $"{count}");
    }

    [Fact]
    public void Sizes_are_reckoned_as_every_peer_reckons_them()
    {
        foreach (JsonElement vector in LayerVectors.Load("memberlist-encryption.json", "length"))
        {
            JsonElement input = vector.GetProperty("input");
            byte version = input.GetProperty("version").GetByte();
            int plainSize = input.GetProperty("plaintextLength").GetInt32();
            Assert.Equal(
                vector.GetProperty("encryptedLength").GetInt32(),
                Sealing.HeaderSize + Sealing.BodySize(version, plainSize));
            Assert.Equal(vector.GetProperty("overhead").GetInt32(), Sealing.Overhead(version));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Every_length_is_sealed_in_place_and_opened(byte version)
    {
        Encryption encryption = new(Ring(_third), new CountingEntropy(), version);
        for (int size = 1; size <= 255; size++)
        {
            byte[] plain = Key(size, (byte)size);
            byte[] block = Seal(encryption, plain, "blah"u8);
            using ByteBuffer opened = new();
            Assert.Equal(SealFault.None, encryption.TryOpen(block, "blah"u8, opened));
            Assert.Equal(plain, opened.Written.ToArray());
            Assert.Equal(SealFault.NoKeyFits, encryption.TryOpen(block, "blag"u8, opened));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 1)]
    [InlineData(20, 1)]
    [InlineData(-1, 1)]
    [InlineData(0, 2)]
    [InlineData(0, 244)]
    public void What_was_tampered_with_is_refused(int index, byte flip)
    {
        Encryption encryption = new(Ring(_first), new CountingEntropy(), 1);
        byte[] block = Seal(encryption, "hello"u8, default);
        block[index < 0 ? block.Length + index : index] ^= flip;
        using ByteBuffer opened = new();
        Assert.NotEqual(SealFault.None, encryption.TryOpen(block, default, opened));
        Assert.Equal(0, opened.Length);
    }

    // Sealed with our key, as a member of the cluster that means harm could. The original crashes.
    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(33)]
    [InlineData(255)]
    public void An_impossible_padding_is_refused(byte padding)
    {
        Encryption unpadded = new(Ring(_first), new CountingEntropy(), 1);
        byte[] text = new byte[32];
        text[^1] = padding;
        byte[] sealedText = Seal(unpadded, text, default);
        sealedText[0] = 0;
        using ByteBuffer opened = new();
        Assert.Equal(SealFault.PaddingInvalid, unpadded.TryOpen(sealedText, default, opened));
        Assert.Equal(0, opened.Length);
    }

    [Fact]
    public void Any_key_of_the_ring_opens_until_it_is_removed()
    {
        Keyring ring = Ring(_first, _second, _third);
        Encryption encryption = new(ring, new CountingEntropy(), 1);
        byte[] block = Seal(new Encryption(Ring(_third), new CountingEntropy(), 1), "hello"u8, default);
        using ByteBuffer opened = new();
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(SealFault.None, encryption.TryOpen(block, default, opened, sourceHash: 7));
        }

        Assert.Equal(KeyringStatus.Ok, ring.Remove(_third));
        Assert.Equal(SealFault.NoKeyFits, encryption.TryOpen(block, default, opened, sourceHash: 7));
    }

    // A wrong try throws inside the cipher, and that can be heard.
    [Fact]
    public void The_key_that_fitted_last_is_tried_first_for_the_same_sender()
    {
        Encryption encryption = new(Ring(_first, _second, _third), new CountingEntropy(), 1);
        byte[] block = Seal(new Encryption(Ring(_third), new CountingEntropy(), 1), "hello"u8, default);
        using ByteBuffer opened = new();
        int thread = Environment.CurrentManagedThreadId;
        int wrongCount = 0;
        void Count(object? sender, FirstChanceExceptionEventArgs arguments) =>
            wrongCount += Environment.CurrentManagedThreadId == thread ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            Assert.Equal(SealFault.None, encryption.TryOpen(block, default, opened, sourceHash: 7));
            Assert.Equal(2, wrongCount);
            Assert.Equal(SealFault.None, encryption.TryOpen(block, default, opened, sourceHash: 7));
            Assert.Equal(2, wrongCount);
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }
    }

    [Fact]
    public void The_primary_key_seals_and_using_another_changes_that_at_once()
    {
        Keyring ring = Ring(_first, _second);
        Encryption encryption = new(ring, new CountingEntropy(), 1);
        Assert.True(OpensWith(_first, Seal(encryption, "hello"u8, default)));
        Assert.Equal(KeyringStatus.Ok, ring.Use(_second));
        byte[] block = Seal(encryption, "hello"u8, default);
        Assert.True(OpensWith(_second, block));
        Assert.False(OpensWith(_first, block));
    }

    [Fact]
    public void No_nonce_comes_twice()
    {
        Encryption encryption = new(Ring(_first), new CountingEntropy(), 1);
        HashSet<string> nonces = [];
        for (int packet = 0; packet < 1000; packet++)
        {
            byte[] block = Seal(encryption, "hello"u8, default);
            Assert.True(nonces.Add(Convert.ToHexString(block.AsSpan(1, Sealing.NonceSize))));
        }
    }

    [Fact]
    public void Sealing_and_opening_allocate_nothing_once_warm()
    {
        Encryption encryption = new(Ring(_first), new CountingEntropy(), 1);
        using ByteBuffer buffer = new();
        using ByteBuffer opened = new();
        byte[] message = Key(1000, 9);
        int openedCount = 0;
        long before = 0;
        for (int round = 0; round < 300; round++)
        {
            if (round == 100)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            buffer.Clear();
            buffer.GetSpan(Sealing.HeaderSize);
            buffer.Advance(Sealing.HeaderSize);
            buffer.Write(message);
            int start = encryption.Seal(buffer, Sealing.HeaderSize, "blah"u8);
            openedCount += encryption.TryOpen(buffer.Written[start..], "blah"u8, opened) == SealFault.None ? 1 : 0;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
        Assert.Equal(300, openedCount);
    }

    internal static Keyring Ring(params byte[][] keys)
    {
        Keyring ring = new();
        foreach (byte[] key in keys)
        {
            Assert.Equal(KeyringStatus.Ok, ring.Add(key));
        }

        return ring;
    }

    internal static byte[] Key(int size, byte first)
    {
        byte[] key = new byte[size];
        for (int index = 0; index < size; index++)
        {
            key[index] = (byte)(first + (index * 7));
        }

        return key;
    }

    private static byte[] Seal(Encryption encryption, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        using ByteBuffer buffer = new();
        buffer.Write(new byte[20]);
        buffer.Write(plain);
        int start = encryption.Seal(buffer, 20, associated);
        return buffer.Written[start..].ToArray();
    }

    private static bool OpensWith(byte[] key, byte[] block)
    {
        using ByteBuffer opened = new();
        return new Encryption(Ring(key), new CountingEntropy(), 1).TryOpen(block, default, opened) == SealFault.None;
    }
}

/// <summary>Never the same bytes twice, and the same ones in every run.</summary>
internal sealed class CountingEntropy(ulong seed = 77) : IEntropy
{
    private Prng _prng = new(seed);

    public void Fill(Span<byte> destination)
    {
        for (int index = 0; index < destination.Length; index++)
        {
            destination[index] = (byte)_prng.Next(256);
        }
    }
}
