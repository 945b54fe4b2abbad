using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// How many answers go out in one second, in all and to one address. Sources are easily forged, and an answer
/// is longer than its question: without a limit every node would serve to flood others.
/// </summary>
internal sealed class MdnsReplyLimit
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    // As many entries as answers, at most.
    private readonly Dictionary<NodeAddress, int> _counts = [];
    private Instant _windowEnd = new(long.MinValue);
    private int _count;

    /// <summary>Counts an answer.</summary>
    /// <param name="source">Who asked; the port does not matter.</param>
    public bool Allows(in NodeAddress source, Instant now)
    {
        if (now >= _windowEnd)
        {
            _windowEnd = now + Window;
            _count = 0;
            _counts.Clear();
        }

        if (_count >= Limits.MdnsAnswerCountMax)
        {
            return false;
        }

        NodeAddress asker = source.WithPort(0);
        int toAsker = _counts.GetValueOrDefault(asker);
        if (toAsker >= Limits.MdnsAnswersToOneCountMax)
        {
            return false;
        }

        _count++;
        _counts[asker] = toAsker + 1;
        return true;
    }
}
