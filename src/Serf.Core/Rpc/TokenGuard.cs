using System;
using Serf.Primitives;

namespace Serf.Rpc;

/// <summary>
/// Makes the guessing of tokens slow. A few wrong ones cost nothing; past them every token, right or wrong,
/// waits before it is looked at: a guesser who does not wait learns nothing, and its connections are few. The
/// original looks at as many as come (spec rpc 10, item 8). Of all connections together: a new one does not
/// begin anew.
/// </summary>
public sealed class TokenGuard
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // One wrong token is forgotten in each period.
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(1);

    private int _missCount;
    private Instant _forgottenNext = Instant.Never;

    /// <summary>When a token that is shown now may be looked at.</summary>
    public Instant Admission(Instant now)
    {
        Forget(now);
        return _missCount < Limits.RpcTokenMissCountMax ? now : now + Pause;
    }

    /// <summary>It was wrong.</summary>
    /// <returns>Whether this is the one from which on tokens wait.</returns>
    public bool Missed(Instant now)
    {
        Forget(now);
        if (_missCount == 0)
        {
            _forgottenNext = now + Forgotten;
        }

        // Not beyond: when the guesser has gone, tokens are soon looked at without delay again.
        bool hadRoom = _missCount < Limits.RpcTokenMissCountMax;
        _missCount += hadRoom ? 1 : 0;
        return hadRoom && _missCount == Limits.RpcTokenMissCountMax;
    }

    private void Forget(Instant now)
    {
        while (_missCount > 0 && _forgottenNext <= now)
        {
            _missCount--;
            _forgottenNext += Forgotten;
        }
    }
}
