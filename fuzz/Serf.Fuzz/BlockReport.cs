using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Serf.Fuzz.Engine;

namespace Serf.Fuzz;

/// <summary>
/// Which basic blocks the searches in one folder have reached: a file for each target, so that searches in
/// several processes add up.
/// </summary>
internal sealed class BlockReport
{
    private readonly string _folder;
    private readonly string[] _known;

    public BlockReport(string folder)
    {
        _folder = Path.Combine(folder, "reached");
        Directory.CreateDirectory(_folder);
        _known = File.ReadAllLines(Path.Combine(folder, Instrumenter.BlocksFile));
    }

    /// <summary>Writes down what the search that has just ended reached.</summary>
    /// <returns>Blocks reached and blocks known.</returns>
    public string Note(string target)
    {
        List<string> reached = [];
        for (int block = 0; block < _known.Length; block++)
        {
            if (Coverage.Blocks[block])
            {
                reached.Add(_known[block]);
            }
        }

        File.WriteAllLines(Path.Combine(_folder, target + ".txt"), reached);
        return $"{reached.Count,5}/{_known.Length}";
    }

    /// <summary>By namespace, over all targets: reached, known, percent.</summary>
    public string Total()
    {
        HashSet<string> reached = Reached();
        SortedDictionary<string, (int Reached, int Known)> spaces = new(StringComparer.Ordinal);
        foreach (string block in _known)
        {
            string space = block[..block.IndexOf('\t')];
            (int reachedCount, int knownCount) = spaces.GetValueOrDefault(space);
            spaces[space] = (reachedCount + (reached.Contains(block) ? 1 : 0), knownCount + 1);
        }

        StringBuilder text = new();
        foreach ((string space, (int reachedCount, int knownCount)) in spaces)
        {
            text.AppendLine(
                $"{space,-20} {reachedCount,6} of {knownCount,6} blocks {100.0 * reachedCount / knownCount,6:F1} %");
        }

        return text.ToString();
    }

    /// <summary>The blocks of one namespace that no target has reached.</summary>
    public string Missing(string space)
    {
        HashSet<string> reached = Reached();
        StringBuilder text = new();
        foreach (string block in _known)
        {
            if (block.StartsWith(space + "\t", StringComparison.Ordinal) && !reached.Contains(block))
            {
                text.AppendLine(block);
            }
        }

        return text.ToString();
    }

    private HashSet<string> Reached()
    {
        HashSet<string> reached = [];
        foreach (string file in Directory.GetFiles(_folder))
        {
            reached.UnionWith(File.ReadAllLines(file));
        }

        return reached;
    }
}
