using System;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>Reads the small JSON files an agent keeps, and tells faults in the original's words.</summary>
internal static class JsonFile
{
    /// <param name="path">Of a file that is there.</param>
    /// <param name="kind">As messages name it: <c>keyring file</c>.</param>
    /// <exception cref="SerfException"><c>Failed to read keyring file: REASON</c></exception>
    public static byte[] Read(string path, string kind)
    {
        if (ConfigFile.IsFolder(path))
        {
            throw new SerfException($"Failed to read {kind}: read {path}: is a directory");
        }

        try
        {
            return ConfigFile.ReadBounded(path);
        }
        catch (Exception exception) when (ConfigFile.IsRefusal(exception))
        {
            throw new SerfException(
                $"Failed to read {kind}: open {path}: {ConfigFile.Reason(exception)}");
        }
    }

    /// <exception cref="SerfException"><c>Failed to decode keyring file: REASON</c></exception>
    public static ConfigValue Decode(ReadOnlySpan<byte> json, string kind) =>
        JsonScanner.ScanWhole(json, out int end) is { } error
            ? throw new SerfException($"Failed to decode {kind}: {error}")
            : ConfigValue.Read(json[..end]);

    /// <param name="kind">As messages name the file.</param>
    /// <param name="got">What is there.</param>
    /// <param name="type">What should be, as the original names it.</param>
    public static SerfException Unfit(string kind, ConfigValueKind got, string type)
    {
        string name = got switch
        {
            ConfigValueKind.Map => "object",
            ConfigValueKind.List => "array",
            ConfigValueKind.Number => "number",
            ConfigValueKind.Text => "string",
            _ => "bool",
        };
        return new SerfException(
            $"Failed to decode {kind}: json: cannot unmarshal {name} into Go value of type {type}");
    }
}
