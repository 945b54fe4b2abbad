using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Simulation;

/// <summary>
/// The keys of a world that seals: one, or two in the middle of a rotation, where each node may seal with
/// either and opens both.
/// </summary>
public sealed class SimKeys
{
    // A source of its own: what else a seed means must not depend on it.
    private const ulong Salt = 0x5EA1_5EA1_5EA1_5EA1;

    private readonly byte[][] _keys;

    private SimKeys(byte[][] keys) => _keys = keys;

    /// <returns>Null for three worlds of four.</returns>
    public static SimKeys? Draw(ulong seed)
    {
        SimChance chance = new(seed ^ Salt);
        if (chance.Below(4) != 0)
        {
            return null;
        }

        byte[][] keys = new byte[1 + chance.Below(2)][];
        for (int index = 0; index < keys.Length; index++)
        {
            keys[index] = NewKey(chance);
        }

        return new SimKeys(keys);
    }

    public static byte[] NewKey(SimChance chance)
    {
        byte[] key = new byte[16 + (8 * chance.Below(3))];
        new SeededEntropy(chance.Seed()).Fill(key);
        return key;
    }

    /// <summary>The ring of one life of a node.</summary>
    public Encryption For(int slot, ulong seed)
    {
        Keyring ring = new();
        foreach (byte[] key in _keys)
        {
            Invariant.Holds(ring.Add(key) == KeyringStatus.Ok);
        }

        Invariant.Holds(ring.Use(_keys[slot % _keys.Length]) == KeyringStatus.Ok);
        return new Encryption(ring, new SeededEntropy(seed), version: 1);
    }

    public override string ToString() => string.Join('+', Array.ConvertAll(_keys, key => key.Length * 8));
}
