using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Simulation.Checkers;
using Serf.Wire;

namespace Serf.Simulation;

/// <summary>
/// A key rotation as an operator does it: a new key is installed, used, and all others are removed, each step
/// by another node, and again until every node has said yes.
/// </summary>
public sealed class SimRotation
{
    private readonly SimWorld _world;
    private readonly byte[] _key;
    private readonly Queue<string> _obsolete = new();
    private Step _step = Step.Survey;

    public SimRotation(SimWorld world)
    {
        _world = world;
        _key = SimKeys.NewKey(world.Chance);
        Continue();
    }

    private enum Step
    {
        Survey,
        Install,
        Use,
        Remove,
        Done,
    }

    /// <summary>What is still to be done, or null.</summary>
    public string? Remaining => _step == Step.Done ? null : $"the rotation of keys is at {_step}";

    private string NewKey => Convert.ToBase64String(_key);

    private void Continue()
    {
        switch (_step)
        {
            case Step.Survey:
                Order(KeyOperation.List, [], Surveyed);
                break;
            case Step.Install:
                Order(KeyOperation.Install, _key, _ => _step = Step.Use);
                break;
            case Step.Use:
                Order(KeyOperation.Use, _key, _ => _step = Step.Remove);
                break;
            default:
                Order(KeyOperation.Remove, Convert.FromBase64String(_obsolete.Peek()), _ => Removed());
                break;
        }
    }

    private void Order(KeyOperation operation, byte[] key, Action<KeyReport> succeeded)
    {
        SimHost host = _world.DrawRunning();
        host.OperateKeys(operation, key, (report, error) =>
        {
            host.Require(KeyReportChecker.Observe(operation, report, error));
            if (error is null)
            {
                _world.Report.See(Sight.RotationStep);
                succeeded(report);
            }
            else
            {
                // A query misses a node now and then; the bound of the examination ends this.
                _world.Report.See(Sight.RotationStepRepeated);
            }

            if (_step != Step.Done)
            {
                Continue();
            }
        });
    }

    private void Removed()
    {
        _ = _obsolete.Dequeue();
        _step = _obsolete.Count > 0 ? Step.Remove : Step.Survey;
    }

    private void Surveyed(KeyReport report)
    {
        foreach (string key in report.Keys.Keys)
        {
            if (key != NewKey)
            {
                _obsolete.Enqueue(key);
            }
        }

        if (_obsolete.Count > 0)
        {
            _step = Step.Install;
            return;
        }

        foreach (SimHost? host in _world.Hosts)
        {
            if (host?.Serf.Swim.Options.Encryption is { Keyring: Keyring ring })
            {
                bool isNew = ring.Count == 1 && ring.KeyAt(0).SequenceEqual(_key);
                host.Require(isNew ? null : $"has {ring.Count} keys after the rotation, or the wrong one");
            }
        }

        _world.Report.See(Sight.Rotation);
        _step = Step.Done;
    }
}
