using System;

namespace Serf.Blackbox.Cross;

/// <summary>Which program of a corner is ours; a difference is allowed to one of them.</summary>
[Flags]
public enum Side
{
    None = 0,
    Cli = 1,
    Agent = 2,
    Either = Cli | Agent,
}
