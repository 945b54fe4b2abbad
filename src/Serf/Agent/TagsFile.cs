using System.Collections.Generic;
using System.Globalization;
using Serf.Posix;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Agent;

/// <summary>Where an agent keeps its tags (spec agent 8.2); rewritten whole before each change.</summary>
internal sealed class TagsFile(string path)
{
    /// <summary>The tags to start with; a file that is not there holds none, and is not made yet.</summary>
    /// <param name="configured">Tags of the configuration, of which there must be none.</param>
    /// <param name="log">Told of a file that was read.</param>
    /// <exception cref="SerfException">Rows 26 and 27 of spec agent 4, without their prefix.</exception>
    public Tags Load(Tags configured, ILog log)
    {
        if (!configured.Entries.IsEmpty)
        {
            throw new SerfException("Tags config not allowed while using tag files");
        }

        if (Libc.Find(path) != 0)
        {
            return configured;
        }

        Tags tags = Decode(JsonFile.Read(path, "tags file"));
        string count = tags.Entries.Length.ToString(CultureInfo.InvariantCulture);
        log.Write(LogLevel.Info, $"agent: Restored {count} tag(s) from {path}");
        return tags;
    }

    /// <returns>Null, or <c>Failed to write tags file: REASON</c>.</returns>
    public string? Save(Tags tags) =>
        AtomicFile.Write(path, ByteText.ToBytes(Text(tags))) is { } reason
            ? "Failed to write tags file: " + reason
            : null;

    /// <summary>One tag a line in the order of their names, no line feed at the end.</summary>
    internal static string Text(Tags tags)
    {
        JsonText json = new();
        json.BeginObject();
        foreach (KeyValuePair<ByteString, ByteString> tag in tags.Entries)
        {
            json.Key(tag.Key.ToString()).Text(tag.Value.ToString());
        }

        return json.EndObject().ToString();
    }

    internal static Tags Decode(byte[] json)
    {
        ConfigValue value = JsonFile.Decode(json, "tags file");
        if (value.Kind is not (ConfigValueKind.Map or ConfigValueKind.Null))
        {
            throw JsonFile.Unfit("tags file", value.Kind, "map[string]string");
        }

        List<KeyValuePair<ByteString, ByteString>> entries = [];
        foreach (ConfigItem item in value.Items)
        {
            // Null stands for the empty text.
            if (item.Kind is not (ConfigValueKind.Text or ConfigValueKind.Null))
            {
                throw JsonFile.Unfit("tags file", item.Kind, "string");
            }

            entries.Add(new(ByteString.FromText(item.Key), ByteString.FromText(item.Text)));
        }

        return Tags.From(entries);
    }
}
