using System;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Simulation;

/// <summary>
/// One TCP connection. Bytes arrive whole and in order or not at all: TCP hides everything but delay,
/// silence and the end.
/// </summary>
public sealed class SimStream
{
    private const int PieceSizeMin = 64;
    private const int PieceSizeMax = 4096;

    private readonly SimWorld _world;
    private readonly SimHost _dialler;
    private readonly StreamId _diallerId;
    private SimHost? _acceptor;
    private StreamId _acceptorId;
    private Instant _lastToAcceptor;
    private Instant _lastToDialler;
    private bool _dead;
    private bool _diallerClosed;

    private SimStream(SimWorld world, SimHost dialler, StreamId id)
    {
        _world = world;
        _dialler = dialler;
        _diallerId = id;
    }

    public static SimStream Dial(SimWorld world, SimHost dialler, StreamId id, NodeAddress target)
    {
        SimStream stream = new(world, dialler, id);
        world.Schedule(world.Network.Latency(), () => stream.Knock(target));
        return stream;
    }

    public void Accepted(SimHost acceptor, StreamId id)
    {
        if (id == StreamId.None)
        {
            _dead = true;
            return;
        }

        _world.Report.See(Sight.StreamConnected);
        _acceptor = acceptor;
        _acceptorId = id;
        ToDialler(() => _dialler.Connected(_diallerId));
        if (_diallerClosed)
        {
            ToAcceptor(() => acceptor.End(id));
        }
    }

    public void Send(SimHost from, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !_dead)
        {
            int size = Math.Min(bytes.Length, PieceSizeMin + _world.Chance.Below(PieceSizeMax - PieceSizeMin));
            byte[] piece = bytes[..size].ToArray();
            bytes = bytes[size..];
            if (_world.Chaos.IsOn && _world.Chance.Happens(_world.Options.StreamCut))
            {
                _world.Report.See(Sight.StreamCut);
                Break();
            }
            else if (ReferenceEquals(from, _dialler))
            {
                ToAcceptor(() => _acceptor!.Receive(_acceptorId, piece));
            }
            else
            {
                ToDialler(() => _dialler.Receive(_diallerId, piece));
            }
        }
    }

    public void Close(SimHost from)
    {
        if (!ReferenceEquals(from, _dialler))
        {
            ToDialler(() => _dialler.End(_diallerId));
        }
        else if (_acceptor is SimHost acceptor)
        {
            ToAcceptor(() => acceptor.End(_acceptorId));
        }
        else
        {
            _diallerClosed = true;
        }
    }

    /// <summary>One end is gone without a word; its kernel says so to the other.</summary>
    public void Reset(SimHost from)
    {
        const string Reason = "read: connection reset by peer";
        if (_dead)
        {
            return;
        }

        _dead = true;
        if (!ReferenceEquals(from, _dialler))
        {
            _world.Schedule(_world.Network.Latency(), () => _dialler.Fail(_diallerId, Reason));
        }
        else if (_acceptor is SimHost acceptor)
        {
            _world.Schedule(_world.Network.Latency(), () => acceptor.Fail(_acceptorId, Reason));
        }
    }

    private void Knock(NodeAddress target)
    {
        if (_diallerClosed || _dialler.IsStopped)
        {
            return;
        }

        SimHost? host = _world.At(target);
        if (host is null)
        {
            // A stopped process refuses, a stopped machine is silent.
            if (_world.Chance.Happens(0.5))
            {
                _world.Report.See(Sight.StreamRefused);
                ToDialler(() => _dialler.Fail(_diallerId, $"dial tcp {target}: connect: connection refused"));
            }
            else
            {
                _world.Report.See(Sight.StreamUnanswered);
            }
        }
        else if (!_world.Network.Passes(_dialler, host) || !_world.Network.Passes(host, _dialler))
        {
            _world.Report.See(Sight.StreamUnanswered);
        }
        else
        {
            host.Accept(this, _dialler.Address);
        }
    }

    private void Break()
    {
        const string Reason = "read: connection reset by peer";
        _dead = true;
        _world.Schedule(_world.Network.Latency(), () => _dialler.Fail(_diallerId, Reason));
        if (_acceptor is SimHost acceptor)
        {
            _world.Schedule(_world.Network.Latency(), () => acceptor.Fail(_acceptorId, Reason));
        }
    }

    private void ToAcceptor(Action arrive)
    {
        _lastToAcceptor = NextArrival(_lastToAcceptor);
        _world.ScheduleAt(_lastToAcceptor, () => Arrive(_dialler, _acceptor!, arrive));
    }

    private void ToDialler(Action arrive)
    {
        _lastToDialler = NextArrival(_lastToDialler);
        _world.ScheduleAt(_lastToDialler, () => Arrive(_acceptor, _dialler, arrive));
    }

    private Instant NextArrival(Instant last)
    {
        Instant at = _world.Now + _world.Network.Latency();
        if (_world.Chaos.IsOn && _world.Chance.Happens(_world.Options.StreamDelay))
        {
            _world.Report.See(Sight.StreamDelayed);
            at += _world.Chance.Between(SimNetwork.DelayMin, SimNetwork.DelayMax);
        }

        return at > last ? at : last;
    }

    private void Arrive(SimHost? from, SimHost to, Action arrive)
    {
        if (_dead)
        {
            return;
        }

        if (from is not null && !(_world.Network.Passes(from, to) && _world.Network.Passes(to, from)))
        {
            // What is missing in the middle holds back all that follows.
            _world.Report.See(Sight.StreamStalled);
            _dead = true;
            return;
        }

        arrive();
    }
}
