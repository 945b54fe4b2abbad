using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// A socket that is a file: <c>unix:///run/serf.sock</c>. Not the runtime's own end point: a socket bound to
/// that one removes, when it is closed, whatever file has its name by then.
/// </summary>
internal sealed class UnixEndPoint : EndPoint
{
    private const string Scheme = "unix://";

    // struct sockaddr_un: the family, then the path and a zero byte.
    private const int PathOffset = 2;
    private const int PathSizeMax = 107;

    private readonly byte[] _path;

    private UnixEndPoint(string path, byte[] bytes)
    {
        Path = path;
        _path = bytes;
    }

    public string Path { get; }

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    public static bool IsMeant(string address) => address.StartsWith(Scheme, StringComparison.Ordinal);

    /// <param name="address">One that <see cref="IsMeant"/> knows.</param>
    /// <returns>Null, or why there can be no such socket: <c>unix /run/...: path too long</c></returns>
    public static string? TryParse(string address, out UnixEndPoint endPoint)
    {
        string path = address[Scheme.Length..];
        byte[] bytes = ByteText.ToBytes(path);
        endPoint = new UnixEndPoint(path, bytes);
        if (path.Length == 0)
        {
            return "unix: missing path";
        }

        if (path[0] == '@' || path.Contains('\0', StringComparison.Ordinal))
        {
            return $"unix {path}: a socket without a file has no permissions either: name a file";
        }

        return bytes.Length <= PathSizeMax
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"unix {path}: path too long: {bytes.Length} bytes of at most {PathSizeMax}");
    }

    public override SocketAddress Serialize()
    {
        SocketAddress address = new(AddressFamily.Unix, PathOffset + _path.Length + 1);
        _path.CopyTo(address.Buffer.Span[PathOffset..]);
        return address;
    }

    /// <summary>Of the other side, which has no name, or of this one, which is known.</summary>
    public override EndPoint Create(SocketAddress socketAddress) => this;

    public override string ToString() => Scheme + Path;
}
