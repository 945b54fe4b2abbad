namespace Serf.Coordinates;

/// <summary>Uniform numbers in [0, 1): a seeded generator, or in a test the recorded ones.</summary>
internal interface IUnitDraws
{
    double Next();
}
