using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
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

    private static Keyring ToKeyring(List<string> entries)
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

    private static byte[] Read(string path)
    {
        if (!Path.Exists(path))
        {
            throw new SerfException($"stat {path}: no such file or directory");
        }

        try
        {
            return ConfigFile.ReadBounded(path);
        }
        catch (Exception exception) when (ConfigFile.IsRefusal(exception))
        {
            throw new SerfException(
                $"Failed to read keyring file: open {path}: {ConfigFile.Reason(exception)}");
        }
    }

    private static List<string> Decode(ReadOnlySpan<byte> json)
    {
        string? error = JsonScanner.Scan(json, out int end);
        if (error is null && json[end..].IndexOfAnyExcept(" \t\r\n"u8) is >= 0 and int more)
        {
            error = $"invalid character '{(char)json[end + more]}' after top-level value";
        }

        if (error is not null)
        {
            // A whole file is read at once, and its end comes too early, where a stream would just end.
            string reason = error == "EOF" ? "unexpected end of JSON input" : error;
            throw new SerfException("Failed to decode keyring file: " + reason);
        }

        Utf8JsonReader reader = new(json[..end]);
        reader.Read();
        List<string> entries = [];
        if (reader.TokenType == JsonTokenType.Null)
        {
            return entries;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Unfit(reader.TokenType, "[]string");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // Null stands for the empty text.
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
            {
                throw Unfit(reader.TokenType, "string");
            }

            entries.Add(reader.GetString() ?? "");
        }

        return entries;
    }

    private static SerfException Unfit(JsonTokenType token, string type)
    {
        string got = token switch
        {
            JsonTokenType.StartObject => "object",
            JsonTokenType.StartArray => "array",
            JsonTokenType.Number => "number",
            JsonTokenType.String => "string",
            _ => "bool",
        };
        return new SerfException(
            $"Failed to decode keyring file: json: cannot unmarshal {got} into Go value of type {type}");
    }
}
