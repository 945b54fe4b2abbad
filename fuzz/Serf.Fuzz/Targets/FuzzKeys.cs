using System;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A nonce that is the same for every seal, so that no run depends on those before it, and keys to go with it.
/// </summary>
internal sealed class FuzzKeys(byte nonce) : IEntropy
{
    /// <summary>One key of each size.</summary>
    public static readonly byte[][] All = [Key(16), Key(24), Key(32)];

    public static void Add(Keyring keyring, ReadOnlySpan<byte> key) =>
        FuzzException.Check(keyring.Add(key) == KeyringStatus.Ok, "a key is refused");

    /// <summary>A ring of all of them, in this order.</summary>
    public static Keyring Ring(params ReadOnlySpan<int> order)
    {
        Keyring keyring = new();
        foreach (int key in order)
        {
            Add(keyring, All[key]);
        }

        return keyring;
    }

    public void Fill(Span<byte> destination) => destination.Fill(nonce);

    private static byte[] Key(int size)
    {
        byte[] key = new byte[size];
        for (int index = 0; index < size; index++)
        {
            key[index] = (byte)(size + (index * 7));
        }

        return key;
    }
}
