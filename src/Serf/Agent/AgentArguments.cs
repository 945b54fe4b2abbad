using System.Collections.Generic;

namespace Serf.Agent;

/// <summary>The agent's command line, its syntax checked and nothing else.</summary>
internal sealed class AgentArguments
{
    /// <summary>Files and directories, in the order given.</summary>
    public List<string> ConfigPaths { get; init; } = [];

    /// <summary>Flags that are settings as they stand.</summary>
    public AgentConfig Config { get; init; } = new();

    /// <summary>Each <c>key=value</c>.</summary>
    public List<string> Tags { get; init; } = [];

    /// <summary>A duration as text, as are all that follow; empty when not given.</summary>
    public string HandlerTimeout { get; init; } = "";

    public string LeaveTimeout { get; init; } = "";

    public string RetryInterval { get; init; } = "";

    public string BroadcastTimeout { get; init; } = "";

    public bool DisableCompression { get; init; }

    /// <summary>Look at everything, start nothing.</summary>
    public bool Check { get; init; }

    /// <summary>The argument that ended the flags; null if all of them were flags.</summary>
    public string? Extra { get; init; }
}
