using System.Globalization;

namespace Serf.Simulation.Checkers;

/// <summary>
/// Of two nodes with one name only that ends which fewer of the others know by it; if as many know the one as
/// the other, neither does.
/// </summary>
/// <param name="knowFirst">Those who know the first of the two.</param>
/// <param name="knowSecond">Those who know the second.</param>
public sealed class NameChecker(int knowFirst, int knowSecond)
{
    /// <summary>One of the two has to end.</summary>
    public bool IsDecided => knowFirst != knowSecond;

    /// <param name="isFirst">Of the two.</param>
    /// <param name="isSecond">Of the two.</param>
    /// <returns>The reason why a node that ended must not have, or null.</returns>
    public string? Ended(bool isFirst, bool isSecond)
    {
        bool isRight = (isFirst && knowFirst < knowSecond) || (isSecond && knowSecond < knowFirst);
        return isRight ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{(isFirst ? "the first" : isSecond ? "the second" : "a third")} gave up its name, "
            + $"{knowFirst} know the first and {knowSecond} the second");
    }
}
