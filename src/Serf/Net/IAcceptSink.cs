using System.Net.Sockets;

namespace Serf.Net;

/// <summary>Where accepted connections go. After either call the listener rests until it is
/// resumed.</summary>
internal interface IAcceptSink
{
    /// <summary>The socket belongs to the sink. Never called on the thread that resumes.</summary>
    void Accepted(Socket socket);

    /// <param name="reason">Such as <c>accept tcp 127.0.0.1:7946: accept: too many open files</c>.</param>
    void AcceptFailed(string reason);
}
