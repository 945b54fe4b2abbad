namespace Serf.Primitives;

/// <summary>Levels of a log line, lowest first.</summary>
public enum LogLevel : byte
{
    Trace,
    Debug,
    Info,
    Warn,
    Err,
}
