namespace Serf.Wire;

/// <summary>How a change of a <see cref="Keyring"/> ended.</summary>
public enum KeyringStatus : byte
{
    Ok,

    /// <summary>Not 16, 24 or 32 bytes.</summary>
    SizeInvalid,

    /// <summary>Only a key on the ring can become the primary one.</summary>
    Unknown,

    /// <summary>The primary key cannot be removed.</summary>
    IsPrimary,
}
