using System;
using System.Collections.Generic;

namespace Serf.Agent;

/// <summary>The members of the key <c>mdns</c> of a configuration file (spec agent 3.3, 3.4).</summary>
internal static class MdnsKeys
{
    /// <summary>Takes the members over, or notes faults: those of unknown ones last.</summary>
    public static void Read(ConfigKey key, ConfigValue value, ConfigDecoding decoding)
    {
        if (value.Kind != ConfigValueKind.Map)
        {
            decoding.AddFault($"'{key.Name}' expected a map, got '{ConfigValue.ShortName(value.Kind)}'");
            return;
        }

        Dictionary<string, ConfigItem> items = new(StringComparer.Ordinal);
        foreach (ConfigItem item in value.Items)
        {
            items[item.Key] = item;
        }

        AgentConfig config = decoding.Config;
        config.MdnsInterface = Text(key, items, "interface", decoding);
        config.MdnsDisableIPv4 = Flag(key, items, "disable_ipv4", decoding);
        config.MdnsDisableIPv6 = Flag(key, items, "disable_ipv6", decoding);
        if (items.Count > 0)
        {
            decoding.AddFault(
                $"'{key.Name}' has invalid keys: {ConfigDecoding.Listed([.. items.Keys])}");
        }
    }

    /// <summary>Shows all members, as they may stand in a file.</summary>
    public static void Write(AgentConfig config, JsonText json) => json
        .BeginObject()
        .Key("interface").Text(config.MdnsInterface)
        .Key("disable_ipv4").Bool(config.MdnsDisableIPv4)
        .Key("disable_ipv6").Bool(config.MdnsDisableIPv6)
        .EndObject();

    private static string Text(
        ConfigKey key, Dictionary<string, ConfigItem> items, string name, ConfigDecoding decoding) =>
        TryTake(key, items, name, ConfigValueKind.Text, "string", decoding, out ConfigItem item)
            ? item.Text
            : "";

    private static bool Flag(
        ConfigKey key, Dictionary<string, ConfigItem> items, string name, ConfigDecoding decoding) =>
        TryTake(key, items, name, ConfigValueKind.Bool, "bool", decoding, out ConfigItem item) && item.Flag;

    private static bool TryTake(
        ConfigKey key,
        Dictionary<string, ConfigItem> items,
        string name,
        ConfigValueKind wanted,
        string type,
        ConfigDecoding decoding,
        out ConfigItem item)
    {
        item = default;
        if (ConfigFile.Find(items, name) is not { } spelling)
        {
            return false;
        }

        item = items[spelling];
        items.Remove(spelling);
        if (item.Kind != wanted && item.Kind != ConfigValueKind.Null)
        {
            decoding.AddFault(ConfigKey.Unconvertible($"{key.Name}.{name}", type, item.Kind));
        }

        return item.Kind == wanted;
    }
}
