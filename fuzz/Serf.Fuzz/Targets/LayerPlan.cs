using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Serf.Vectors;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// Label, keys, checksum and compression of one run, drawn from the first two bytes of its input. A fuzzer
/// cannot guess a seal: with a plan that seals, the input is what a member that means harm has sealed.
/// </summary>
internal readonly struct LayerPlan
{
    /// <summary>The bytes that a plan takes.</summary>
    public const int Size = 2;

    private static readonly byte[][] _labels =
    [
        [], "prod-eu"u8.ToArray(), "blue"u8.ToArray(), "cgez1hocfcpfgbrrqn3mvwuqv99re12buk9tj.2o"u8.ToArray(),
    ];

    private static readonly byte[][] _keys = LoadKeys();
    private static readonly Dictionary<int, Encryption> _encryptions = [];

    private readonly byte _options;
    private readonly byte _key;

    public LayerPlan(ReadOnlySpan<byte> input)
    {
        _options = input[0];
        _key = input[1];
    }

    /// <summary>A number for what a reader is made of.</summary>
    public int ReaderId => HasKeys
        ? (((_options & 0x97) | 0x04) << 8) | (_key & 0x80) | KeyIndex
        : _options & 0x03;

    /// <summary>A number for what a writer is made of.</summary>
    public int WriterId => HasKeys ? ((_options & 0x4F) << 8) | KeyIndex : _options & 0x43;

    public byte[] Label => _labels[_options & 3];

    /// <summary>The node has a ring.</summary>
    public bool HasKeys => (_options & 0x0C) != 0;

    /// <summary>The input is sealed before it is read.</summary>
    public bool Seals => (_options & 0x08) != 0;

    public byte Version => (byte)((_options >> 2) & 1);

    public bool VerifyIncoming => (_options & 0x10) == 0;

    /// <summary>Of a packet: a checksum goes before it.</summary>
    public bool HasChecksum => (_options & 0x20) != 0;

    /// <summary>Of a stream: it was accepted, not dialled, by the side that reads.</summary>
    public bool Accepts => (_options & 0x20) == 0;

    public bool Compresses => (_options & 0x40) != 0;

    /// <summary>The key that seals is the last on the ring, not the first.</summary>
    public bool IsLastKey => (_options & 0x80) != 0;

    /// <summary>The key that seals is not on the ring.</summary>
    public bool IsForeign => _key >= 0x80;

    // Mostly the first: each key has readers and writers of its own, which take memory.
    private int KeyIndex => (_key & 0x7F) < _keys.Length ? _key & 0x7F : 0;

    /// <summary>The ring of the reading side; null for none.</summary>
    public Encryption? ForReading()
    {
        if (!HasKeys)
        {
            return null;
        }

        int key = KeyIndex;
        int second = (key + 1) % _keys.Length;
        int third = (key + 2) % _keys.Length;
        int[] ring = IsForeign ? [second, third] : IsLastKey ? [second, third, key] : [key, second, third];
        return Find(ReaderId & ~0x0300, ring);
    }

    /// <summary>A ring of the key that seals alone; null for none.</summary>
    public Encryption? ForSealing() => HasKeys ? Find(0x10000 | Version | (KeyIndex << 1), KeyIndex) : null;

    /// <summary>The plan for a recorded configuration.</summary>
    public static byte[] Of(JsonElement config, bool seals)
    {
        byte[] label = VectorFile.Text(config.GetProperty("label"));
        int options = Math.Max(Array.FindIndex(_labels, known => known.AsSpan().SequenceEqual(label)), 0);
        if (VectorFile.HexOrNull(config, "key") is not { } key)
        {
            return [(byte)options, 0];
        }

        int index = Array.FindIndex(_keys, known => known.AsSpan().SequenceEqual(key));
        bool verifies = !config.TryGetProperty("verifyIncoming", out JsonElement verify) || verify.GetBoolean();
        options |= (seals ? 0x0C : 0x04) | (verifies ? 0 : 0x10);
        return [(byte)options, (byte)index];
    }

    private Encryption Find(int id, params int[] ring)
    {
        if (!_encryptions.TryGetValue(id, out Encryption? encryption))
        {
            Keyring keyring = new();
            foreach (int key in ring)
            {
                FuzzKeys.Add(keyring, _keys[key]);
            }

            encryption = new Encryption(keyring, new FuzzKeys(1), Version) { VerifyIncoming = VerifyIncoming };
            _encryptions.Add(id, encryption);
        }

        return encryption;
    }

    // All that the recorded packets and streams are sealed with.
    private static byte[][] LoadKeys() =>
        [.. Serf.Fuzz.Seeds.Hex("memberlist-packets.json", "key")
            .Concat(Serf.Fuzz.Seeds.Hex("memberlist-streams.json", "key"))];
}
