namespace Serf.Simulation.Scale;

internal static class ScaleChart
{
    public static string Draw(ScaleResult result) => result.ToString();
}
