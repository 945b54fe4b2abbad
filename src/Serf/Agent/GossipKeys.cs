using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Posix;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Agent;

/// <summary>
/// The keys that an agent starts with: one from the configuration, or those of a keyring file (spec agent 9).
/// </summary>
internal sealed class GossipKeys
{
    private const string SizeInvalid = "key size must be 16, 24 or 32 bytes";

    private readonly byte[] _key;
    private readonly Keyring? _keyring;

    private GossipKeys(byte[] key, Keyring? keyring)
    {
        _key = key;
        _keyring = keyring;
    }

    public bool Exist => _key.Length > 0 || _keyring is not null;

    /// <param name="key">Empty for none. Its size is not checked yet.</param>
    /// <param name="keyringFile">Path, empty for none.</param>
    /// <param name="log">Told of a keyring file that was read.</param>
    /// <exception cref="SerfException">Rows 28 to 34 of spec agent 4, without their prefix.</exception>
    public static GossipKeys Load(byte[] key, string keyringFile, ILog log)
    {
        if (keyringFile.Length == 0)
        {
            return new GossipKeys(key, null);
        }

        if (key.Length > 0)
        {
            throw new SerfException("Encryption key not allowed while using a keyring");
        }

        List<string> entries = Decode(Read(keyringFile));
        if (entries.Count == 0)
        {
            throw new SerfException("Keyring file contains no keys");
        }

        Keyring keyring = ToKeyring(entries);
        string count = entries.Count.ToString(CultureInfo.InvariantCulture);
        log.Write(LogLevel.Info, $"agent: Restored keyring with {count} keys from {keyringFile}");
        return new GossipKeys([], keyring);
    }

    /// <returns>Null when there are no keys: nothing is sealed then, and no cipher is made ready.</returns>
    /// <exception cref="SerfException">The configured key has an impossible size.</exception>
    public Keyring? ToKeyring()
    {
        if (!Exist)
        {
            return null;
        }

        Libcrypto.Initialize();
        Keyring keyring = _keyring ?? new Keyring();
        if (_key.Length > 0 && keyring.Add(_key) != KeyringStatus.Ok)
        {
            throw new SerfException("Failed to create memberlist: " + SizeInvalid);
        }

        return keyring;
    }

    internal static Keyring ToKeyring(List<string> entries)
    {
        List<byte[]> keys = [];
        foreach (string entry in entries)
        {
            if (Base64Text.TryDecode(entry, out byte[] key) is { } fault)
            {
                throw new SerfException("Failed to decode key from keyring: " + fault);
            }

            keys.Add(key);
        }

        if (keys[0].Length == 0)
        {
            throw new SerfException("Failed to restore keyring: Empty primary key not allowed");
        }

        Keyring keyring = new();
        foreach (byte[] key in keys)
        {
            if (keyring.Add(key) != KeyringStatus.Ok)
            {
                throw new SerfException("Failed to restore keyring: " + SizeInvalid);
            }
        }

        return keyring;
    }

    private static byte[] Read(string path) =>
        // Looked for first, as the original does: what is not there is told in other words than what is
        // closed.
        Libc.Find(path) is > 0 and int error
            ? throw new SerfException($"stat {path}: {ConfigFile.Reason(error)}")
            : JsonFile.Read(path, "keyring file");

    internal static List<string> Decode(ReadOnlySpan<byte> json)
    {
        ConfigValue value = JsonFile.Decode(json, "keyring file");
        if (value.Kind is not (ConfigValueKind.List or ConfigValueKind.Null))
        {
            throw JsonFile.Unfit("keyring file", value.Kind, "[]string");
        }

        List<string> entries = [];
        foreach (ConfigItem item in value.Items)
        {
            // Null stands for the empty text.
            if (item.Kind is not (ConfigValueKind.Text or ConfigValueKind.Null))
            {
                throw JsonFile.Unfit("keyring file", item.Kind, "string");
            }

            entries.Add(item.Text);
        }

        return entries;
    }
}
