using System;
using System.Collections.Generic;
using System.Threading;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Agent;

/// <summary>
/// Changes of the tags that go to a file first (spec agent 8.2), one after the other. A thread of its own
/// waits for the disk, so that gossip goes on. Calls come and go on the node thread.
/// </summary>
/// <param name="fits">Whether a node takes such tags; others are not saved.</param>
/// <param name="save">Writes the file, on the other thread; null, or why not.</param>
/// <param name="post">Brings an action to the node thread.</param>
internal sealed class TagChanges(
    Func<Tags, bool> fits, Func<Tags, string?> save, Action<Action<Instant>> post)
{
    private const int StackSize = 256 * 1024;

    private readonly Queue<Change> _waiting = new();

    /// <summary>Told when the new tags are in the file, or why they are not.</summary>
    public delegate void Done(Tags tags, string? error, Instant now);

    /// <param name="change">The new tags, worked out when all earlier changes are done.</param>
    /// <param name="done">Called at once where nothing is to be saved.</param>
    public void Begin(Func<Tags> change, Done done, Instant now)
    {
        if (_waiting.Count == Limits.TagChangeCountMax)
        {
            done(Tags.Empty, "too many changes of the tags wait for the disk", now);
            return;
        }

        _waiting.Enqueue(new Change(change, done));
        if (_waiting.Count == 1)
        {
            SaveNext(now);
        }
    }

    private void SaveNext(Instant now)
    {
        while (_waiting.TryPeek(out Change? next))
        {
            Tags tags = next.Make();
            if (fits(tags))
            {
                new Thread(() => Save(tags), StackSize) { IsBackground = true, Name = "tags" }.Start();
                return;
            }

            // A set that no node takes must not be what the next start finds: the node says what is wrong.
            next.Done(tags, null, now);
            _waiting.Dequeue();
        }
    }

    private void Save(Tags tags)
    {
        string? error = save(tags);
        post(now =>
        {
            _waiting.Peek().Done(tags, error, now);
            _waiting.Dequeue();
            SaveNext(now);
        });
    }

    private sealed record Change(Func<Tags> Make, Done Done);
}
