using System;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>Takes minutes and tells figures: not run among the others, but by a target of the Makefile.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ByHandFactAttribute : FactAttribute
{
    /// <param name="target">Of the Makefile; it names the file of the figures in SERF_REPORT.</param>
    public ByHandFactAttribute(string target)
    {
        Skip = Environment.GetEnvironmentVariable("SERF_REPORT") is null ? $"Run by hand: make {target}" : null;
    }
}
