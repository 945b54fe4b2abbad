using System;
using System.Collections.Generic;
using System.Net.Sockets;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Agent.Telemetry;

/// <summary>
/// A server of metrics at <c>host:port</c>: statsite takes a stream, statsd datagrams (spec agent 19.1).
/// The name is looked up at each opening.
/// </summary>
internal sealed class MetricConnection : IMetricTransport
{
    private const int SendMillisecondsMax = 2000;

    private readonly string _host;
    private readonly ushort _port;
    private readonly bool _isStream;
    private Socket? _socket;

    private MetricConnection(string host, ushort port, bool isStream)
    {
        _host = host;
        _port = port;
        _isStream = isStream;
    }

    /// <param name="address"><c>host:port</c>; an empty host is this one.</param>
    /// <returns>Null, or why there can be no such server.</returns>
    public static string? TryCreate(string address, bool isStream, out MetricConnection? connection)
    {
        connection = null;
        string? fault = HostPort.TrySplit(address, out string host, out string portText);
        if (fault is not null)
        {
            return $"address {address}: {fault}";
        }

        fault = HostPort.TryParsePort(portText, out ushort port);
        if (fault is not null)
        {
            return fault;
        }

        if (port == 0)
        {
            return $"address {address}: missing port in address";
        }

        connection = new MetricConnection(host.Length == 0 ? "localhost" : host, port, isStream);
        return null;
    }

    public string? Open()
    {
        string? fault = Resolver.TryLookUp(_host, _port, out IReadOnlyList<NodeAddress> addresses);
        foreach (NodeAddress address in addresses)
        {
            fault = Connect(address);
            if (fault is null)
            {
                return null;
            }
        }

        return fault;
    }

    public string? Send(ReadOnlySpan<byte> lines)
    {
        try
        {
            while (!lines.IsEmpty)
            {
                lines = lines[_socket!.Send(lines)..];
            }

            return null;
        }
        catch (SocketException exception)
        {
            return "write: " + SocketText.Reason(exception.SocketErrorCode);
        }
    }

    public void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private string? Connect(in NodeAddress address)
    {
        Socket? socket = null;
        try
        {
            AddressFamily family = address.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
            socket = _isStream
                ? new Socket(family, SocketType.Stream, ProtocolType.Tcp)
                : new Socket(family, SocketType.Dgram, ProtocolType.Udp);
            socket.SendTimeout = SendMillisecondsMax;
            socket.Connect(SocketText.EndPoint(address));
            _socket = socket;
            return null;
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            return $"connect: {SocketText.Reason(exception.SocketErrorCode)}";
        }
    }
}
