using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Serf.Fuzz.Engine;
using Serf.Fuzz.Targets;

namespace Serf.Fuzz;

/// <summary>All targets by name.</summary>
internal static class FuzzTargets
{
    public static List<(string Name, FuzzTarget Target)> All { get; } =
    [
        ("packet", new PacketTarget()),
        ("stream", new StreamTarget()),
        ("swim", new SwimCodecTarget()),
        ("serf", new SerfCodecTarget()),
        ("lzw", new LzwTarget()),
        ("sealing", new SealingTarget()),
        ("layers", new LayersTarget()),
        ("msgpack", new MsgpackTarget()),
        ("tags", new TagsTarget()),
        ("coordinate", new CoordinateTarget()),
        ("session", new RpcSessionTarget()),
        ("clients", new RpcLifeTarget()),
        ("client", new RpcClientTarget()),
        ("expression", new ExpressionTarget()),
        ("config", new ConfigTarget()),
        ("handler", new HandlerTarget()),
        ("dns", new DnsTarget()),
        ("mdns", new MdnsTarget()),
        ("node", new NodeTarget()),
        ("decode", new DecodeTarget()),
        ("snapshot", new SnapshotTarget()),
        ("file", new JsonFileTarget()),
    ];

    public static FuzzTarget Find(string name) => All.Single(entry => entry.Name == name).Target;

    /// <summary>What was found once comes first, then what the target makes of the golden vectors.</summary>
    public static IEnumerable<byte[]> SeedsOf(string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "corpus", name);
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        return files.Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Concat(Find(name).Seeds());
    }
}
