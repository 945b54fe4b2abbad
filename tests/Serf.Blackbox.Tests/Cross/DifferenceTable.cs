using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Serf.Blackbox.Cross;

/// <summary>
/// Compares what ours and the original's programs show. What differs must stand in the table, and what stands
/// there must have been needed: a row that nothing used fails the test, so that the table stays the whole
/// truth.
/// </summary>
public sealed class DifferenceTable(params AllowedDifference[] rows)
{
    // Enough to see what it is about.
    private const int ShownLineCount = 100;

    private readonly HashSet<AllowedDifference> _used = [];
    private readonly StringBuilder _differences = new();

    /// <param name="what">The name of the case.</param>
    /// <param name="corner">What is named in the report beside the case.</param>
    /// <param name="ours">The programs of the corner that are ours.</param>
    /// <param name="expected">What the original's program shows.</param>
    /// <param name="actual">What the corner shows.</param>
    /// <param name="isUnordered">The lines have no order, also after a row has changed some.</param>
    public void Compare(
        string what, string corner, Side ours, string expected, string actual, bool isUnordered = false)
    {
        string left = expected;
        string right = actual;
        foreach (AllowedDifference row in rows)
        {
            if (left == right)
            {
                return;
            }

            if ((row.Side & ours) == Side.None || !Regex.IsMatch(what, $"^(?:{row.Cases})$"))
            {
                continue;
            }

            string nextLeft = Applied(row, left, isUnordered);
            string nextRight = Applied(row, right, isUnordered);
            if (nextLeft != left || nextRight != right)
            {
                _used.Add(row);
            }

            (left, right) = (nextLeft, nextRight);
        }

        if (left != right)
        {
            _differences.Append($"=== {what} ({corner})\n{Apart(left, right)}");
        }
    }

    private static string Applied(AllowedDifference row, string text, bool isUnordered)
    {
        string next = Regex.Replace(text, row.Pattern, row.Replacement);
        return next != text && isUnordered ? Masks.Sorted(next) : next;
    }

    /// <summary>
    /// The lines that only one has; where there are none they differ in order, and all are shown.
    /// </summary>
    private static string Apart(string left, string right)
    {
        List<string> expected = [.. left.Split('\n')];
        List<string> actual = [.. right.Split('\n')];
        foreach (string line in left.Split('\n'))
        {
            if (actual.Remove(line))
            {
                expected.Remove(line);
            }
        }

        return expected.Count + actual.Count > 0
            ? Listed("- ", expected) + Listed("+ ", actual)
            : Listed("- ", left.Split('\n')) + Listed("+ ", right.Split('\n'));
    }

    private static string Listed(string sign, IEnumerable<string> lines) =>
        string.Concat(lines.Take(ShownLineCount).Select(line => $"{sign}{line}\n"));

    /// <summary>All comparisons have been made.</summary>
    public void AssertWhole()
    {
        string unused = string.Concat(rows.Where(row => !_used.Contains(row)).Select(row => $"{row}\n"));
        Assert.True(
            _differences.Length == 0 && unused.Length == 0,
            $"{_differences}{(unused.Length == 0 ? string.Empty : $"=== rows that nothing used\n{unused}")}");
    }
}
