using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Serf.Blackbox.Harness;

/// <summary>
/// A document whose blocks are run: those that open with three backquotes, "sh" and a name. So what it says is what is
/// tested.
/// </summary>
public sealed class Runbook
{
    private const string Fence = "```";

    private readonly Dictionary<string, string> _blocks = [];

    /// <param name="path">Of the document.</param>
    public Runbook(string path)
    {
        string? name = null;
        foreach (string line in File.ReadLines(path))
        {
            if (!line.StartsWith(Fence, StringComparison.Ordinal))
            {
                _ = name is null ? string.Empty : _blocks[name] += line + "\n";
                continue;
            }

            string[] words = line[Fence.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            name = name is null && words is ["sh", string named] ? named : null;
            if (name is not null)
            {
                _blocks.Add(name, string.Empty);
            }
        }
    }

    public IReadOnlyCollection<string> Names => _blocks.Keys;

    /// <summary>Runs blocks one after the other in one shell, which ends at the first command that fails.</summary>
    /// <param name="variables">Set before the first.</param>
    /// <param name="names">Of the blocks.</param>
    /// <returns>What they printed.</returns>
    public string Run(IReadOnlyDictionary<string, string> variables, params string[] names)
    {
        string script = string.Concat(names.Select(name => _blocks[name]));
        using SerfProcess shell = new("/bin/sh", ["-eux", "-c", script], variables);
        int status = shell.WaitForExit(TimeSpan.FromSeconds(120));
        return status == 0
            ? shell.Output
            : throw new InvalidOperationException(
                $"{string.Join(", ", names)}: {status}\n{shell.Output}\n{shell.Error}");
    }
}
