namespace Serf.Primitives;

/// <summary>
/// Where log lines go. The text is what follows the level bracket, beginning with the
/// subsystem: <c>serf: EventMemberJoin: n1 127.0.0.1</c>. Called on the node thread only.
/// </summary>
public interface ILog
{
    void Write(LogLevel level, string text);
}
