using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Agent.Telemetry;

/// <summary>
/// The names that have metrics of their own: the first ones of each family, for as long as the process runs.
/// All others share one more place in each family (spec agent 22, item 15). One thread at a time.
/// </summary>
internal sealed class MetricNames
{
    private readonly Family[] _families = [new(), new(), new()];
    private readonly List<(MetricFamily Family, ByteString Name)> _places = [];

    public int Count => _places.Count;

    public (MetricFamily Family, ByteString Name) this[int place] => _places[place];

    public (MetricFamily Family, ByteString Name)[] ToArray() => [.. _places];

    public int PlaceOf(MetricFamily family, ReadOnlySpan<byte> name)
    {
        Family known = _families[(int)family];
        if (known.Lookup.TryGetValue(name, out int place))
        {
            return place;
        }

        if (name.Length > Limits.MetricNameSizeMax || known.Places.Count >= Limits.MetricNameCountMax)
        {
            known.OtherPlace ??= Add(family, ByteString.FromText(MetricKey.OtherName));
            return known.OtherPlace.Value;
        }

        ByteString own = ByteString.Copy(name);
        place = Add(family, own);
        known.Places.Add(own, place);
        return place;
    }

    private int Add(MetricFamily family, ByteString name)
    {
        _places.Add((family, name));
        return _places.Count - 1;
    }

    private sealed class Family
    {
        public Family() => Lookup = Places.GetAlternateLookup<ReadOnlySpan<byte>>();

        public Dictionary<ByteString, int> Places { get; } = new(ByteString.Comparer);

        public Dictionary<ByteString, int>.AlternateLookup<ReadOnlySpan<byte>> Lookup { get; }

        public int? OtherPlace { get; set; }
    }
}
