using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text.Json;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// Seals: opened as a slow opener opens them; what was sealed is opened by its key only, and never once it
/// was tampered with; a ring is what a list of its keys would be. The first byte tells which.
/// </summary>
internal sealed class SealingTarget : FuzzTarget
{
    private const int KindCount = 3;

    // Kind, key size, size of the associated data.
    private const int OpenHeaderSize = 3;

    // Kind, options, place and bits of the damage, size of the cut.
    private const int SealHeaderSize = 6;

    private static readonly byte[][] _ringKeys = [.. FuzzKeys.All, "another key, 16b"u8.ToArray(), "too short"u8.ToArray()];

    private readonly Encryption[] _ours = [Ours(0), Ours(1)];
    private readonly Encryption _foreign = new(FuzzKeys.Ring(2), new FuzzKeys(2), 1);
    private static readonly ByteBuffer _sealed = new();
    private static readonly ByteBuffer _opened = new();

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (JsonElement vector in VectorFile.Load("memberlist-encryption.json"))
        {
            JsonElement input = vector.GetProperty("input");
            byte[] block = VectorFile.HexOrNull(vector, "hex") ?? [];
            byte[] associated = VectorFile.HexOrNull(input, "aad") ?? [];
            byte[] key = VectorFile.HexOrNull(input, "key")
                ?? (input.TryGetProperty("keys", out JsonElement keys) && keys.GetArrayLength() > 0
                    ? Convert.FromHexString(keys[keys.GetArrayLength() - 1].GetString()!) : new byte[16]);
            yield return [0, (byte)((key.Length / 8) - 2), (byte)associated.Length, .. key, .. associated, .. block];
            byte[] plain = VectorFile.HexOrNull(input, "plaintext") ?? [];
            yield return [1, (byte)plain.Length, 0, (byte)plain.Length, 1, 1, .. plain];
        }

        yield return [2, 0, 4, 8, 1, 9, 2, 6, 10];
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        switch (input[0] % KindCount)
        {
            case 0 when input.Length >= OpenHeaderSize:
                CheckOpen(input);
                break;
            case 1 when input.Length >= SealHeaderSize:
                CheckSeal(input);
                break;
            case 2:
                CheckRing(input[1..]);
                break;
            default:
                break;
        }
    }

    private static Encryption Ours(byte version) => new(FuzzKeys.Ring(0, 1), new FuzzKeys(1), version);

    private static void CheckOpen(ReadOnlySpan<byte> input)
    {
        int keySize = 16 + (8 * (input[1] % 3));
        int associatedSize = input[2];
        ReadOnlySpan<byte> rest = input[OpenHeaderSize..];
        if (rest.Length < keySize + associatedSize)
        {
            return;
        }

        ReadOnlySpan<byte> key = rest[..keySize];
        ReadOnlySpan<byte> associated = rest.Slice(keySize, associatedSize);
        ReadOnlySpan<byte> block = rest[(keySize + associatedSize)..];
        Keyring ring = FuzzKeys.Ring(0);
        FuzzKeys.Add(ring, key);
        Encryption encryption = new(ring, new FuzzKeys(1), 1);
        SealFault fault = encryption.TryOpen(block, associated, _opened, associatedSize);
        SealFault expected = OpenSlowly([FuzzKeys.All[0], key.ToArray()], block, associated, out byte[] plain);
        FuzzException.Check(fault == expected, $"{fault} where the slow opener says {expected}");
        FuzzException.Check(_opened.Written.SequenceEqual(plain), "something else was opened");
        FuzzException.Check(Encryption.Describe(fault, block).Length > 0, "refused without a reason");
        ring.Use(key);
        ring.Remove(FuzzKeys.All[0]);
    }

    // Each key with a cipher of its own, in their order; nothing is kept, nothing in place.
    private static SealFault OpenSlowly(
        byte[][] keys, ReadOnlySpan<byte> block, ReadOnlySpan<byte> associated, out byte[] plain)
    {
        plain = [];
        if (block.IsEmpty || block[0] > 1)
        {
            return block.IsEmpty ? SealFault.Empty : SealFault.VersionUnknown;
        }

        if (block.Length < (block[0] == 0 ? 45 : 29))
        {
            return SealFault.TooSmall;
        }

        byte[] text = new byte[block.Length - 29];
        foreach (byte[] key in keys)
        {
            using AesGcm cipher = new(key, 16);
            try
            {
                cipher.Decrypt(block[1..13], block[13..^16], block[^16..], text, associated);
            }
            catch (AuthenticationTagMismatchException)
            {
                continue;
            }

            int padding = block[0] == 0 ? text[^1] : 0;
            if (block[0] == 0 && (padding == 0 || padding > Math.Min(text.Length, 16)))
            {
                return SealFault.PaddingInvalid;
            }

            plain = text[..^padding];
            return SealFault.None;
        }

        return SealFault.NoKeyFits;
    }

    private void CheckSeal(ReadOnlySpan<byte> input)
    {
        byte version = (byte)(input[1] & 1);
        bool isForeign = (input[1] & 2) != 0;
        ReadOnlySpan<byte> associated = (input[1] & 4) != 0 ? input[..SealHeaderSize] : default;
        ReadOnlySpan<byte> plain = input[SealHeaderSize..];
        Encryption sealing = isForeign ? _foreign : _ours[version];
        _sealed.Clear();
        _sealed.GetSpan(Sealing.HeaderSize);
        _sealed.Advance(Sealing.HeaderSize);
        _sealed.Write(plain);
        int start = sealing.Seal(_sealed, Sealing.HeaderSize, associated);
        Span<byte> block = _sealed.WrittenForUpdate;
        int size = Sealing.HeaderSize + Sealing.BodySize(sealing.Version, plain.Length);
        FuzzException.Check(start == 0 && block.Length == size, "another size than announced");
        FuzzException.Check(size <= plain.Length + sealing.Overhead, "more is added than a packet leaves free");

        // The two versions open both, as a node with the same ring does.
        Encryption opening = _ours[1 - version];
        SealFault fault = opening.TryOpen(block, associated, _opened, input[2]);
        FuzzException.Check(
            fault == (isForeign ? SealFault.NoKeyFits : SealFault.None), $"{fault} for what was just sealed");
        FuzzException.Check(isForeign || _opened.Written.SequenceEqual(plain), "something else was opened");
        FuzzException.Check(
            opening.TryOpen(block, "other"u8, _opened) == SealFault.NoKeyFits, "other associated data opens");
        Tamper(opening, block, associated, input);
    }

    private static void Tamper(
        Encryption opening, Span<byte> block, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> input)
    {
        // The version is not part of what is authenticated.
        int place = 1 + (BinaryPrimitives.ReadUInt16BigEndian(input[2..]) % (block.Length - 1));
        byte bits = input[4] == 0 ? (byte)1 : input[4];
        block[place] ^= bits;
        SealFault fault = opening.TryOpen(block, associated, _opened);
        FuzzException.Check(fault == SealFault.NoKeyFits, $"{fault} for what was tampered with");
        block[place] ^= bits;
        int cut = 1 + (input[5] % block.Length);
        fault = opening.TryOpen(block[..^cut], associated, _opened);
        FuzzException.Check(fault != SealFault.None, "what was cut is opened");
        FuzzException.Check(_opened.Length == 0, "something is left of what was refused");
    }

    private static void CheckRing(ReadOnlySpan<byte> script)
    {
        Keyring ring = new();
        List<int> model = [];
        foreach (byte step in script)
        {
            int key = (step >> 2) % _ringKeys.Length;
            bool isKey = Keyring.IsKeySize(_ringKeys[key].Length);
            int place = model.IndexOf(key);
            KeyringStatus expected = KeyringStatus.Ok;
            KeyringStatus status;
            switch (step & 3)
            {
                case 0 or 3:
                    status = ring.Add(_ringKeys[key]);
                    expected = isKey ? KeyringStatus.Ok : KeyringStatus.SizeInvalid;
                    if (isKey && place < 0)
                    {
                        model.Add(key);
                    }

                    break;
                case 1:
                    status = ring.Use(_ringKeys[key]);
                    expected = place < 0 ? KeyringStatus.Unknown : KeyringStatus.Ok;
                    if (model.Remove(key))
                    {
                        model.Insert(0, key);
                    }

                    break;
                default:
                    status = ring.Remove(_ringKeys[key]);
                    expected = place == 0 ? KeyringStatus.IsPrimary : KeyringStatus.Ok;
                    if (place > 0)
                    {
                        model.RemoveAt(place);
                    }

                    break;
            }

            FuzzException.Check(status == expected, $"{status} where a list says {expected}");
            FuzzException.Check(ring.Count == model.Count, "there is another number of keys");
            for (int index = 0; index < model.Count; index++)
            {
                FuzzException.Check(
                    ring.KeyAt(index).SequenceEqual(_ringKeys[model[index]]), "another key is in this place");
            }
        }
    }
}
