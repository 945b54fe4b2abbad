using System;
using System.Collections.Generic;
using System.Threading;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// The first name server of the system, asked over TCP (spec gossip 8.3): an answer with all addresses of a
/// large cluster fits no datagram.
/// </summary>
/// <remarks>
/// Serves the names of one join. A server that fails is not asked for the others, so that however many names
/// there are it costs the join no more than the limits of one.
/// </remarks>
internal sealed class NameServer
{
    private readonly string _path;
    private readonly TimeSpan _stepLimit;
    private readonly CancellationToken _stop;
    private bool _failed;

    /// <param name="path">Of the file that names the server; read again for each name.</param>
    /// <param name="stepLimit">For each of dialling, asking and hearing.</param>
    /// <param name="stop">Ends a lookup within a fraction of a second.</param>
    public NameServer(string path, TimeSpan stepLimit, CancellationToken stop)
    {
        _path = path;
        _stepLimit = stepLimit;
        _stop = stop;
    }

    /// <summary>All addresses of a name, each once.</summary>
    /// <param name="found">Empty when the server fails or knows none.</param>
    /// <returns>Null, or why there are none.</returns>
    public string? TryLookUp(string name, ushort port, out List<NodeAddress> found)
    {
        found = [];
        if (_failed)
        {
            return "the name server has failed before";
        }

        if (!NameServerFile.TryRead(_path, out NodeAddress server))
        {
            return $"no name server in {_path}";
        }

        using NameExchange exchange = new(server, name, port, _stepLimit, _stop);
        string? fault = exchange.Run();
        _failed = fault is not null;
        exchange.Collect(found);
        return found.Count > 0
            ? null
            : fault ?? $"the name server {server} has no address: {exchange.Verdict}";
    }
}
