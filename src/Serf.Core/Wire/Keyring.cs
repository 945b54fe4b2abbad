using System;
using System.Collections.Generic;

namespace Serf.Wire;

/// <summary>
/// The keys of a node, the primary one first: it seals, all of them open (spec gossip 9.3). Changes take
/// effect with the next packet. An empty ring means that nothing is sealed; the first key added to it
/// switches that on. Owned by the node's thread.
/// </summary>
public sealed class Keyring
{
    private readonly List<SealKey> _keys = [];

    public int Count => _keys.Count;

    public bool IsEmpty => _keys.Count == 0;

    internal IReadOnlyList<SealKey> Keys => _keys;

    /// <summary>AES-128, AES-192 or AES-256.</summary>
    public static bool IsKeySize(int size) => size is 16 or 24 or 32;

    public bool Has(ReadOnlySpan<byte> key) => IndexOf(key) >= 0;

    /// <param name="index">0 is the primary key.</param>
    public ReadOnlySpan<byte> KeyAt(int index) => _keys[index].Bytes;

    /// <summary>Appends a key; one that is on the ring stays where it is.</summary>
    /// <returns>Ok or SizeInvalid.</returns>
    public KeyringStatus Add(ReadOnlySpan<byte> key)
    {
        if (!IsKeySize(key.Length))
        {
            return KeyringStatus.SizeInvalid;
        }

        if (IndexOf(key) < 0)
        {
            _keys.Add(new SealKey(key));
        }

        return KeyringStatus.Ok;
    }

    /// <summary>Makes a key of the ring the primary one; the order of the others is kept.</summary>
    /// <returns>Ok or Unknown.</returns>
    public KeyringStatus Use(ReadOnlySpan<byte> key)
    {
        int index = IndexOf(key);
        if (index < 0)
        {
            return KeyringStatus.Unknown;
        }

        SealKey primary = _keys[index];
        _keys.RemoveAt(index);
        _keys.Insert(0, primary);
        return KeyringStatus.Ok;
    }

    /// <summary>Takes a key off the ring, if it is there.</summary>
    /// <returns>Ok or IsPrimary.</returns>
    public KeyringStatus Remove(ReadOnlySpan<byte> key)
    {
        int index = IndexOf(key);
        if (index == 0)
        {
            return KeyringStatus.IsPrimary;
        }

        if (index > 0)
        {
            _keys[index].Dispose();
            _keys.RemoveAt(index);
        }

        return KeyringStatus.Ok;
    }

    private int IndexOf(ReadOnlySpan<byte> key)
    {
        for (int index = 0; index < _keys.Count; index++)
        {
            if (_keys[index].Bytes.SequenceEqual(key))
            {
                return index;
            }
        }

        return -1;
    }
}
