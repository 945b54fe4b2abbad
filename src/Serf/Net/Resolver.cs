using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// Turns join addresses into targets (spec gossip 8.3). Literals and <c>localhost</c> are answered directly,
/// other names by the C library's resolver, which blocks: on worker threads of our own, so that a slow name
/// server holds up neither the node nor the pool. The workers end when there is nothing left to ask.
/// </summary>
internal sealed class Resolver
{
    private const int NameSizeMax = 254;

    private readonly object _gate = new();
    private readonly Queue<Request> _requests = new();
    private int _workerCount;

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
            if (_requests.Count >= Limits.ResolverRequestCountMax)
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
            if (TrySplitTarget(text, defaultPort, out string host, out ushort port) is null
                && !TryParseLiteral(host, port, out _) && !IsLocalhost(host) && IsName(host))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The same on the calling thread.</summary>
    public static IReadOnlyList<JoinTarget> Resolve(IReadOnlyList<string> texts, ushort defaultPort)
    {
        List<JoinTarget> targets = [];
        foreach (string text in texts)
        {
            string? fault = TryResolveOne(text, defaultPort, out IReadOnlyList<NodeAddress> addresses);
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

    /// <summary>All addresses of a host name or literal, at least one.</summary>
    /// <returns>Null, or <c>lookup NAME: no such host</c>.</returns>
    public static string? TryLookUp(string host, ushort port, out IReadOnlyList<NodeAddress> addresses)
    {
        addresses = [];
        if (TryParseLiteral(host, port, out NodeAddress literal))
        {
            addresses = [literal];
            return null;
        }

        if (IsLocalhost(host))
        {
            addresses = [NodeAddress.FromIPv4(0x7F000001, port)];
            return null;
        }

        return IsName(host) ? Ask(host, port, ref addresses) : $"lookup {host}: no such host";
    }

    private static string? TryResolveOne(
        string text, ushort defaultPort, out IReadOnlyList<NodeAddress> addresses)
    {
        addresses = [];
        string? fault = TrySplitTarget(text, defaultPort, out string host, out ushort port);
        return fault ?? TryLookUp(host, port, out addresses);
    }

    private static string? TrySplitTarget(
        string text, ushort defaultPort, out string host, out ushort port)
    {
        host = "";
        port = 0;
        string rest = text;
        int slash = text.IndexOf('/');
        if (slash == 0)
        {
            return "empty node name provided";
        }

        if (slash > 0)
        {
            rest = text[(slash + 1)..];
        }

        if (!HasPort(rest))
        {
            string bare = rest.Trim('[', ']');
            string bracketed = bare.Contains(':') ? $"[{bare}]" : bare;
            rest = string.Create(CultureInfo.InvariantCulture, $"{bracketed}:{defaultPort}");
        }

        string? fault = HostPort.TrySplit(rest, out host, out string portText);
        return fault is null ? TryParsePort(portText, out port) : $"address {rest}: {fault}";
    }

    private static bool IsLocalhost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static bool HasPort(string text) => text.StartsWith('[')
        ? text.LastIndexOf(':') > text.LastIndexOf(']')
        : text.AsSpan().Count(':') == 1;

    // No sign and no service name here, unlike in the configuration.
    private static string? TryParsePort(string text, out ushort port)
    {
        port = 0;
        if (text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return $"strconv.ParseUint: parsing \"{text}\": invalid syntax";
        }

        bool fits = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
        return fits ? null : $"strconv.ParseUint: parsing \"{text}\": value out of range";
    }

    // A zone is dropped, as in what peers are told of the address.
    private static bool TryParseLiteral(string host, ushort port, out NodeAddress address)
    {
        int zone = host.IndexOf('%');
        ReadOnlySpan<char> ip = zone > 0 && host.Contains(':') ? host.AsSpan(0, zone) : host;
        bool parsed = NodeAddress.TryParseIp(ip, port, out address);
        address = address.Canonical();
        return parsed;
    }

    // The C library also takes 1.2.3, 0x7f.1 and 010.0.0.1 for addresses; to everybody else they are no host.
    private static bool IsName(string host)
    {
        if (host.Length is 0 or > NameSizeMax)
        {
            return false;
        }

        foreach (char letter in host)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.'))
            {
                return false;
            }
        }

        string trimmed = host.EndsWith('.') ? host[..^1] : host;
        ReadOnlySpan<char> last = trimmed.AsSpan(trimmed.LastIndexOf('.') + 1);
        return !last.IsEmpty && !char.IsAsciiDigit(last[0]);
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

            request.Completed(Resolve(request.Texts, request.DefaultPort));
        }
    }

    private readonly record struct Request(
        IReadOnlyList<string> Texts, ushort DefaultPort, Action<IReadOnlyList<JoinTarget>> Completed);
}
