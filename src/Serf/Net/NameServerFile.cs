using System;
using System.IO;
using System.Text;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>The system's list of name servers, <c>/etc/resolv.conf</c>.</summary>
internal static class NameServerFile
{
    public const string DefaultPath = "/etc/resolv.conf";

    private const string ServerKeyword = "nameserver";
    private const ushort DefaultPort = 53;

    /// <summary>The first server of the file, which may carry a port of its own.</summary>
    /// <returns>False when the file cannot be read, or when its first server is no address.</returns>
    public static bool TryRead(string path, out NodeAddress server)
    {
        server = default;
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            byte[] bytes = new byte[Limits.ResolverFileSizeMax];
            int size = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return TryParse(Encoding.UTF8.GetString(bytes, 0, size), out server);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The same for the file's text.</summary>
    public static bool TryParse(string text, out NodeAddress server)
    {
        server = default;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            // A comment begins with another word, so it needs no rule of its own.
            ReadOnlySpan<char> rest = line.Trim();
            int space = rest.IndexOfAny(' ', '\t');
            if (space > 0 && rest[..space].SequenceEqual(ServerKeyword))
            {
                rest = rest[space..].TrimStart();
                int end = rest.IndexOfAny(' ', '\t');
                string address = (end < 0 ? rest : rest[..end]).ToString();
                return TryParseServer(address, out server);
            }
        }

        return false;
    }

    private static bool TryParseServer(string text, out NodeAddress server)
    {
        server = default;
        return JoinAddress.TrySplitHost(text, DefaultPort, out string host, out ushort port) is null
            && JoinAddress.TryParseLiteral(host, port, out server);
    }
}
