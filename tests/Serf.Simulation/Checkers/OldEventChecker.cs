using System.Globalization;

namespace Serf.Simulation.Checkers;

/// <summary>
/// A node that joined without wanting the past is not told of it: no event from before the join's begin
/// comes once the join is through.
/// </summary>
public sealed class OldEventChecker
{
    private ulong _floor;

    /// <param name="floor">The lowest event clock among those that were joined, when the join began.</param>
    public void Joined(ulong floor) => _floor = ulong.Max(_floor, floor);

    /// <returns>The reason the history is illegal, or null.</returns>
    public string? Observe(ulong time) => time >= _floor
        ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"an event of time {time} was delivered, and only those from {_floor} on are wanted");
}
