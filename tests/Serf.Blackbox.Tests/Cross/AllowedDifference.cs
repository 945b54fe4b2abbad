namespace Serf.Blackbox.Cross;

/// <summary>
/// A row of the table of differences: what may differ, and why. It is applied to both texts, and only where
/// they differ.
/// </summary>
/// <param name="Cases">Regular expression for the whole name of the cases it is for.</param>
/// <param name="Side">The row holds where this one is ours.</param>
/// <param name="Pattern">What is made equal.</param>
/// <param name="Replacement">By which text, in the form of regular expressions.</param>
/// <param name="Reason">Why a user may see it.</param>
public sealed record AllowedDifference(
    string Cases, Side Side, string Pattern, string Replacement, string Reason)
{
    /// <summary>
    /// Our command line says on standard error what the original keeps to itself (cli.md 9).
    /// </summary>
    public static AllowedDifference Hint(string cases, string reason) =>
        new(cases, Side.Cli, @"(?m)^Hint: .*\n", string.Empty, reason);
}
