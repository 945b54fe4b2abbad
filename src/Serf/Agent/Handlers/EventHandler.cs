using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Agent.Handlers;

/// <summary>One filter and the command to run for it (spec agent 16).</summary>
/// <param name="Filter">When to run.</param>
/// <param name="Command">Passed to <c>/bin/sh -c</c> as it is.</param>
internal sealed record EventHandler(EventFilter Filter, string Command)
{
    /// <summary>Parses <c>[FILTERS=]COMMAND</c>: one handler for each filter of the list.</summary>
    /// <exception cref="SerfException">
    /// <c>Invalid event script: Event 'bogus' invoking 'foo.sh'</c>
    /// </exception>
    public static IReadOnlyList<EventHandler> Parse(string specification)
    {
        int split = specification.IndexOf('=', StringComparison.Ordinal);
        string filters = split < 0 ? "" : specification[..split];
        string command = specification[(split + 1)..];

        List<EventHandler> handlers = [];
        foreach (EventFilter filter in EventFilter.ParseList(ByteText.ToBytes(filters)))
        {
            if (!filter.IsValid)
            {
                throw new SerfException($"Invalid event script: Event '{filter}' invoking '{command}'");
            }

            handlers.Add(new(filter, command));
        }

        return handlers;
    }
}
