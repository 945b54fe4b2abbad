using System.Collections.Generic;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Agent;

/// <summary>
/// The tags of a node after its configuration was loaded again: those of the new configuration, with what
/// clients have changed at run time laid over them. A tag that differs between the old configuration and the
/// new one is as the new one says, whatever clients made of it: the later word counts.
/// </summary>
internal static class ReloadedTags
{
    /// <param name="before">As configured when the tags were last taken from the configuration.</param>
    /// <param name="current">As they are.</param>
    /// <param name="after">As configured now.</param>
    public static Tags Merge(Tags before, Tags current, Tags after)
    {
        Dictionary<ByteString, ByteString> old = Map(before);
        Dictionary<ByteString, ByteString> changed = Map(current);
        Dictionary<ByteString, ByteString> configured = Map(after);
        List<KeyValuePair<ByteString, ByteString>> merged = [];
        foreach (KeyValuePair<ByteString, ByteString> tag in after.Entries)
        {
            if (IsConfigured(tag.Key))
            {
                merged.Add(tag);
            }
        }

        foreach (KeyValuePair<ByteString, ByteString> tag in current.Entries)
        {
            if (!IsConfigured(tag.Key))
            {
                merged.Add(tag);
            }
        }

        return Tags.From(merged);

        bool IsConfigured(ByteString key) => !AreSame(old, configured, key) || AreSame(old, changed, key);
    }

    private static Dictionary<ByteString, ByteString> Map(Tags tags)
    {
        Dictionary<ByteString, ByteString> map = new(ByteString.Comparer);
        foreach (KeyValuePair<ByteString, ByteString> tag in tags.Entries)
        {
            map[tag.Key] = tag.Value;
        }

        return map;
    }

    // An empty value is not the same as none.
    private static bool AreSame(
        Dictionary<ByteString, ByteString> left, Dictionary<ByteString, ByteString> right, ByteString key)
    {
        bool isLeft = left.TryGetValue(key, out ByteString leftValue);
        bool isRight = right.TryGetValue(key, out ByteString rightValue);
        return isLeft == isRight && leftValue == rightValue;
    }
}
