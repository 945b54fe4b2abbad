using System;

namespace Serf.Simulation;

/// <summary>Something happened that must not happen.</summary>
public sealed class SimFailureException(string reason) : Exception(reason);
