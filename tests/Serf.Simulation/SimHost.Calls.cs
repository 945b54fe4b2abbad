using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Simulation;

// Calls beside joins and leaves.
public sealed partial class SimHost
{
    private readonly Dictionary<long, Action<string?>> _calls = [];

    /// <summary>Calls still open, joins not counted.</summary>
    public int OpenCallCount => _calls.Count;

    public void ForceLeave(ByteString name, bool prune) => Enter(() => Serf.BeginForceLeave(
        Call(_ => _world.Report.See(Sight.ForceLeaveDone)),
        name.Span,
        prune,
        _world.Now));

    /// <param name="operation">What the whole cluster is to do.</param>
    /// <param name="key">Empty for a list.</param>
    /// <param name="ended">Told the outcome, and null or why the operation is said to have failed.</param>
    public void OperateKeys(KeyOperation operation, byte[] key, Action<KeyReport, string?> ended) =>
        Enter(() =>
        {
            KeyReport report = new();
            CallId call = Call(error => ended(report, error));
            Serf.BeginKeyOperation(call, operation, key, report, _world.Now);
        });

    private CallId Call(Action<string?> ended)
    {
        _calls.Add(++_lastCall, ended);
        return new CallId(_lastCall);
    }

    /// <returns>False when it is another kind of call.</returns>
    private bool EndCall(CallId call, string? error)
    {
        if (!_calls.Remove(call.Value, out Action<string?>? ended))
        {
            return false;
        }

        if (!IsEnding)
        {
            _world.Schedule(TimeSpan.Zero, () => ended(error));
        }

        return true;
    }
}
