using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// Turns join addresses into targets (spec gossip 8.3). Literals and <c>localhost</c> are answered directly.
/// Other names are asked for on worker threads of our own, because that may take its time, and a slow name
/// server shall hold up neither the node nor the pool: a name with a dot of the system's first name server
/// over TCP; any other name, and what that server does not know, of the C library. The workers end when there
/// is nothing left to ask.
/// </summary>
internal sealed class Resolver : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<Request> _requests = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Action<string> _report;
    private readonly string _nameServerPath;
    private readonly TimeSpan _stepLimit;
    private int _workerCount;

    /// <param name="report">Told, on a worker thread, why the name server could not help.</param>
    /// <param name="nameServerPath">The file that names the name servers.</param>
    /// <param name="stepLimit">For each of dialling, asking and hearing the name server.</param>
    public Resolver(Action<string> report, string nameServerPath, TimeSpan stepLimit)
    {
        _report = report;
        _nameServerPath = nameServerPath;
        _stepLimit = stepLimit;
    }

    /// <summary>With the system's name server, and the limits of the original.</summary>
    public Resolver(Action<string> report)
        : this(
            report,
            NameServerFile.DefaultPath,
            TimeSpan.FromMilliseconds(Limits.NameServerStepMillisecondsMax))
    {
    }

    /// <summary>
    /// Ends what is going on with the name server, and forgets what waits: nothing new is told from now on.
    /// A question to the C library cannot be ended; its thread does not keep the process alive.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _requests.Clear();
        }

        _stop.Cancel();
    }

    /// <summary>Resolves on a worker and tells there: in the order of the addresses,
    /// every address of a name.</summary>
    /// <param name="texts">As the operator or an RPC client gave them.</param>
    /// <param name="defaultPort">The local bind port.</param>
    /// <param name="completed">Called once, on a worker thread, which it may block for a while.</param>
    /// <returns>False when too many wait already, or no thread could be had: nothing will be told.</returns>
    public bool TryBegin(
        IReadOnlyList<string> texts, ushort defaultPort, Action<IReadOnlyList<JoinTarget>> completed)
    {
        lock (_gate)
        {
            if (_requests.Count >= Limits.ResolverRequestCountMax || _stop.IsCancellationRequested)
            {
                return false;
            }

            _requests.Enqueue(new Request(texts, defaultPort, completed));
            if (_workerCount == Limits.ResolverThreadCountMax)
            {
                return true;
            }

            _workerCount++;
        }

        try
        {
            new Thread(Work) { Name = "resolver", IsBackground = true }.Start();
            return true;
        }
        catch (OutOfMemoryException)
        {
            return IsServedByOthers();
        }
    }

    /// <summary>Whether all are literals, <c>localhost</c> or plainly wrong: <see cref="Resolve"/> does not
    /// wait then.</summary>
    public static bool CanAnswerAtOnce(IReadOnlyList<string> texts, ushort defaultPort)
    {
        foreach (string text in texts)
        {
            if (JoinAddress.TrySplit(text, defaultPort, out string host, out ushort port) is null
                && !JoinAddress.TryParseLiteral(host, port, out _)
                && !JoinAddress.IsLocalhost(host)
                && JoinAddress.IsName(host))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The same on the calling thread.</summary>
    public IReadOnlyList<JoinTarget> Resolve(IReadOnlyList<string> texts, ushort defaultPort)
    {
        NameServer server = new(_nameServerPath, _stepLimit, _stop.Token);
        List<JoinTarget> targets = [];
        foreach (string text in texts)
        {
            string? fault = TryResolveOne(
                server, text, defaultPort, out IReadOnlyList<NodeAddress> addresses);
            if (fault is not null)
            {
                targets.Add(new JoinTarget(text, default, $"failed to resolve {text}: {fault}"));
                continue;
            }

            foreach (NodeAddress address in addresses)
            {
                targets.Add(new JoinTarget(address.ToString(), address, null));
            }
        }

        return targets;
    }

    /// <summary>All addresses of a host name or literal, at least one, without the name server.</summary>
    /// <returns>Null, or <c>lookup NAME: no such host</c>.</returns>
    public static string? TryLookUp(string host, ushort port, out IReadOnlyList<NodeAddress> addresses)
    {
        addresses = [];
        if (JoinAddress.TryParseLiteral(host, port, out NodeAddress literal))
        {
            addresses = [literal];
            return null;
        }

        if (JoinAddress.IsLocalhost(host))
        {
            addresses = [NodeAddress.FromIPv4(0x7F000001, port)];
            return null;
        }

        return JoinAddress.IsName(host) ? Ask(host, port, ref addresses) : $"lookup {host}: no such host";
    }

    private string? TryResolveOne(
        NameServer server, string text, ushort defaultPort, out IReadOnlyList<NodeAddress> addresses)
    {
        addresses = [];
        string? fault = JoinAddress.TrySplit(text, defaultPort, out string host, out ushort port);
        if (fault is not null)
        {
            return fault;
        }

        bool asks = host.Contains('.')
            && JoinAddress.IsName(host)
            && !JoinAddress.TryParseLiteral(host, port, out _);
        if (asks)
        {
            fault = server.TryLookUp(host, port, out List<NodeAddress> found);
            if (fault is null)
            {
                addresses = found;
                return null;
            }

            if (_stop.IsCancellationRequested)
            {
                return $"lookup {host}: operation was canceled";
            }

            _report($"memberlist: no address of {host} over TCP, the system is asked: {fault}");
        }

        return TryLookUp(host, port, out addresses);
    }

    private static string? Ask(string host, ushort port, ref IReadOnlyList<NodeAddress> addresses)
    {
        try
        {
            List<NodeAddress> found = [];
            foreach (IPAddress ip in Dns.GetHostAddresses(host))
            {
                NodeAddress address = NodeAddress.FromIp(ip, port).Canonical();
                if (!found.Contains(address))
                {
                    found.Add(address);
                }
            }

            addresses = found;
            return found.Count > 0 ? null : $"lookup {host}: no such host";
        }
        catch (SocketException exception)
        {
            string reason = exception.SocketErrorCode switch
            {
                SocketError.TryAgain => "Temporary failure in name resolution",
                SocketError.HostNotFound or SocketError.NoData => "no such host",
                _ => "server misbehaving",
            };
            return $"lookup {host}: {reason}";
        }
    }

    // With other workers the request is one of theirs; without, whatever waits has just been added.
    private bool IsServedByOthers()
    {
        lock (_gate)
        {
            _workerCount--;
            return _workerCount > 0 || !_requests.TryDequeue(out _);
        }
    }

    private void Work()
    {
        while (true)
        {
            Request request;
            lock (_gate)
            {
                if (!_requests.TryDequeue(out request))
                {
                    _workerCount--;
                    return;
                }
            }

            IReadOnlyList<JoinTarget> targets = Resolve(request.Texts, request.DefaultPort);
            if (!_stop.IsCancellationRequested)
            {
                request.Completed(targets);
            }
        }
    }

    private readonly record struct Request(
        IReadOnlyList<string> Texts, ushort DefaultPort, Action<IReadOnlyList<JoinTarget>> Completed);
}
