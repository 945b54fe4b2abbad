using System.Collections.Generic;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class KeyringTests
{
    private static readonly byte[] _first = SealingTests.Key(16, 1);
    private static readonly byte[] _second = SealingTests.Key(24, 2);
    private static readonly byte[] _third = SealingTests.Key(32, 3);

    [Theory]
    [InlineData(0, false)]
    [InlineData(15, false)]
    [InlineData(16, true)]
    [InlineData(17, false)]
    [InlineData(24, true)]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void A_key_has_one_of_three_sizes(int size, bool isKey)
    {
        Keyring ring = new();
        Assert.Equal(isKey ? KeyringStatus.Ok : KeyringStatus.SizeInvalid, ring.Add(new byte[size]));
        Assert.Equal(!isKey, ring.IsEmpty);
    }

    [Fact]
    public void A_key_that_is_there_stays_where_it_is()
    {
        Keyring ring = SealingTests.Ring(_first, _second, _third, _second, _first);
        Assert.Equal([_first, _second, _third], KeysOf(ring));
    }

    [Fact]
    public void The_key_used_comes_first_and_the_others_keep_their_order()
    {
        Keyring ring = SealingTests.Ring(_first, _second, _third);
        Assert.Equal(KeyringStatus.Ok, ring.Use(_third));
        Assert.Equal([_third, _first, _second], KeysOf(ring));
        Assert.Equal(KeyringStatus.Unknown, ring.Use(SealingTests.Key(16, 9)));
        Assert.Equal([_third, _first, _second], KeysOf(ring));
    }

    [Fact]
    public void All_but_the_primary_key_can_be_removed_and_unknown_ones_are_no_error()
    {
        Keyring ring = SealingTests.Ring(_first, _second);
        Assert.Equal(KeyringStatus.IsPrimary, ring.Remove(_first));
        Assert.Equal(KeyringStatus.Ok, ring.Remove(_third));
        Assert.Equal(KeyringStatus.Ok, ring.Remove(_second));
        Assert.Equal([_first], KeysOf(ring));
    }

    // The original crashes.
    [Fact]
    public void Removing_from_an_empty_ring_does_nothing()
    {
        Keyring ring = new();
        Assert.Equal(KeyringStatus.Ok, ring.Remove(_first));
        Assert.True(ring.IsEmpty);
    }

    [Fact]
    public void The_first_key_added_to_an_empty_ring_switches_sealing_on()
    {
        Keyring ring = new();
        Encryption encryption = new(ring, new CountingEntropy(), 1);
        Assert.False(encryption.Seals);
        Assert.Equal(0, encryption.Overhead);
        ring.Add(_first);
        Assert.True(encryption.Seals);
        Assert.Equal(29, encryption.Overhead);
    }

    private static List<byte[]> KeysOf(Keyring ring)
    {
        List<byte[]> keys = [];
        for (int index = 0; index < ring.Count; index++)
        {
            keys.Add(ring.KeyAt(index).ToArray());
        }

        return keys;
    }
}
