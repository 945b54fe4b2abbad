using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>Needs a program of the system. Not run where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolFactAttribute : FactAttribute
{
    /// <param name="tool">Its name.</param>
    public ToolFactAttribute(string tool)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':');
        Skip = folders.Any(folder => File.Exists(Path.Combine(folder, tool))) ? null : $"{tool} is not installed.";
    }
}
