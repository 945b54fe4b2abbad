using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text.Json;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>Configuration files: JSON, strict about keys and types (spec agent 3).</summary>
internal static class ConfigFile
{
    /// <summary>
    /// Loads a file, or the <c>*.json</c> files of a directory in byte order of their names.
    /// </summary>
    /// <exception cref="SerfException">With the text of spec agent 3.4.</exception>
    public static IReadOnlyList<AgentConfig> Load(string path)
    {
        if (!IsFolder(path))
        {
            return [LoadOne(path)];
        }

        List<AgentConfig> configs = [];
        foreach (string name in NamesIn(path))
        {
            configs.Add(LoadOne(Clean(path + "/" + name)));
        }

        return configs;
    }

    /// <summary>Reads the first JSON value of <paramref name="json"/>; what follows it is ignored.</summary>
    /// <exception cref="SerfException">The reason, without the name of the file.</exception>
    public static AgentConfig Decode(ReadOnlySpan<byte> json)
    {
        string? error = JsonScanner.Scan(json, out int end);
        if (error is not null)
        {
            throw new SerfException(error);
        }

        Dictionary<string, ConfigValue> values = ConfigValue.ReadObject(json[..end]);
        ConfigDecoding decoding = new();
        foreach (ConfigKey key in ConfigKey.Table)
        {
            string? name = Find(values, key.Name);
            if (name is not null)
            {
                key.Read(values[name], decoding);
                values.Remove(name);
            }
        }

        decoding.ThrowIfFaulty([.. values.Keys]);
        return decoding.Config;
    }

    private static AgentConfig LoadOne(string path)
    {
        byte[] json;
        try
        {
            json = ReadBounded(path);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            throw new SerfException($"Error reading '{path}': open {path}: {Reason(exception)}");
        }

        try
        {
            return Decode(json);
        }
        catch (Exception exception) when (exception is SerfException or JsonException)
        {
            throw new SerfException($"Error decoding '{path}': {exception.Message}");
        }
    }

    /// <exception cref="SerfException">Larger than any file of settings.</exception>
    internal static byte[] ReadBounded(string path, int sizeMax = Limits.ConfigFileSizeMax)
    {
        if (path.Length == 0)
        {
            throw new FileNotFoundException();
        }

        int descriptor = Libc.OpenFile(path, 0);
        if (descriptor < 0)
        {
            throw new IOException(Reason(-descriptor), -descriptor);
        }

        try
        {
            return ReadBounded(path, descriptor, sizeMax);
        }
        finally
        {
            _ = Libc.CloseDescriptor(descriptor);
        }
    }

    // Read to its end, since a pipe or a device has no length.
    private static unsafe byte[] ReadBounded(string path, int descriptor, int sizeMax)
    {
        byte[] buffer = new byte[16 * 1024];
        int length = 0;
        while (true)
        {
            nint count;
            fixed (byte* start = buffer)
            {
                count = Libc.ReadDescriptor(descriptor, start + length, buffer.Length - length);
            }

            int error = count < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (error is not 0 and not Libc.ErrorInterrupted)
            {
                throw new IOException(Reason(error), error);
            }

            length += (int)Math.Max(count, 0);
            if (count == 0)
            {
                return buffer[..length];
            }

            if (length > sizeMax)
            {
                throw new SerfException($"Error reading '{path}': larger than {sizeMax} bytes");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    private static List<string> NamesIn(string path)
    {
        List<string> names = [];
        if (Libc.ListFolder(path, names) is not 0 and int error)
        {
            throw new SerfException($"Error reading '{path}': open {path}: {Reason(error)}");
        }

        names.RemoveAll(
            name => !name.EndsWith(".json", StringComparison.Ordinal) || IsFolder(path + "/" + name));
        names.Sort(static (left, right) => ByteString.FromText(left).CompareTo(ByteString.FromText(right)));
        return names;
    }

    internal static bool IsFolder(string path) =>
        path.Length != 0 && Libc.TryGetFacts(path, out FileFacts facts) && facts.IsFolder;

    // The exact spelling wins; else the first other one in byte order. The rest of them are unknown keys.
    internal static string? Find<TValue>(Dictionary<string, TValue> values, string name)
    {
        if (values.ContainsKey(name))
        {
            return name;
        }

        string? found = null;
        foreach (string key in values.Keys)
        {
            bool matches = string.Equals(key, name, StringComparison.OrdinalIgnoreCase);
            if (matches && (found is null || string.CompareOrdinal(key, found) < 0))
            {
                found = key;
            }
        }

        return found;
    }

    internal static bool IsRefusal(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    // The texts of the operating system, which the runtime's exceptions hide.
    internal static string Reason(Exception exception)
    {
        const int ErrnoMax = 4096;
        switch (exception)
        {
            case FileNotFoundException or DirectoryNotFoundException:
                return "no such file or directory";
            case UnauthorizedAccessException:
                return "permission denied";
            case PathTooLongException:
                return "file name too long";
            case ArgumentException:
                return "invalid argument";
            case IOException when exception.HResult is > 0 and < ErrnoMax:
                return Reason(exception.HResult);
            default:
                return exception.Message;
        }
    }

    /// <param name="error">A number of the operating system.</param>
    internal static string Reason(int error)
    {
        string text = Marshal.GetPInvokeErrorMessage(error);
        return char.ToLowerInvariant(text[0]) + text[1..];
    }

    // The shortest spelling: no empty parts, no "." and no ".." that a part before it would cancel.
    private static string Clean(string path)
    {
        List<string> parts = [];
        bool rooted = path.StartsWith('/');
        foreach (string part in path.Split('/'))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] != "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part.Length != 0 && part != "." && !(part == ".." && rooted))
            {
                parts.Add(part);
            }
        }

        return (rooted ? "/" : "") + string.Join('/', parts);
    }
}
