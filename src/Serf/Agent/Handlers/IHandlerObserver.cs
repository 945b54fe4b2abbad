using System;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Agent.Handlers;

/// <summary>What became of handler runs; told on the handler thread.</summary>
internal interface IHandlerObserver
{
    /// <summary>A run is over, however it ended.</summary>
    /// <param name="command">With a zero byte at its end; not to be changed.</param>
    void Ran(byte[] command, TimeSpan time)
    {
    }

    /// <summary>A log line is due: slow, output, failure, lost events (spec agent 17.4).</summary>
    void Report(LogLevel level, string text);

    /// <summary>A query's handler ended with status 0 and wrote something.</summary>
    void Respond(QueryEvent query, byte[] output);

    /// <summary>What <see cref="HandlerRunner.BeginDrain"/> asked for has come true.</summary>
    void Drained();
}
