using System;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// Holds events back until nothing came for the quiescent period, or the coalesce period
/// is over (spec serf 7.2).
/// </summary>
internal abstract class Coalescer(TimeSpan coalescePeriod, TimeSpan quiescentPeriod, ISerfEffects effects)
{
    private Instant _quantum = Instant.Never;
    private Instant _quiescent = Instant.Never;

    /// <summary>When events that are held have to go on.</summary>
    public Instant Deadline => Instant.Min(_quantum, _quiescent);

    protected ISerfEffects Effects { get; } = effects;

    public void Advance(Instant now)
    {
        if (Deadline <= now)
        {
            Flush();
        }
    }

    /// <summary>Passes on all that is held.</summary>
    public void Flush()
    {
        Cancel();
        Release();
    }

    /// <summary>Nothing is held any more that would have to go on.</summary>
    protected void Cancel()
    {
        _quantum = Instant.Never;
        _quiescent = Instant.Never;
    }

    protected void Absorbed(Instant now)
    {
        if (_quantum == Instant.Never)
        {
            _quantum = now + coalescePeriod;
        }

        _quiescent = now + quiescentPeriod;
    }

    protected abstract void Release();
}
