using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Agent;

// Tags that change at run time, and their file (spec agent 8.2, 8.3, 20.3). On the node thread.
internal sealed partial class SerfAgent
{
    // Of the configuration that was last taken over; with a tags file of no meaning.
    private Tags _configuredTags;
    private TagChanges? _tagChanges;

    private void ReloadTags(Tags configured, Instant now, Action<string> failed) =>
        SetTags(() => Reloaded(configured), now, (error, _, _) =>
        {
            if (error is not null)
            {
                failed(error);
            }
        });

    private Tags Reloaded(Tags configured)
    {
        if (_options.TagsFile.Length == 0)
        {
            Tags tags = ReloadedTags.Merge(_configuredTags, _node.Tags, configured);

            // What is refused is not in force: the next reload compares with what was before.
            _configuredTags = Fits(tags) ? configured : _configuredTags;
            return tags;
        }

        if (configured.Entries.IsEmpty)
        {
            // The file holds what clients have set; a configuration without tags has no say in it. The
            // original empties the file then.
            return _node.Tags;
        }

        _log.Write(LogLevel.Warn, AgentMessages.TagsBesideFile);
        return configured;
    }

    private bool Fits(Tags tags) => TagsCodec.SizeOf(tags, _options.Protocol) <= Limits.MetaSizeMax;

    /// <param name="change">The new tags, asked for when all earlier changes are made.</param>
    private void SetTags(Func<Tags> change, Instant now, Completion completion)
    {
        if (_options.TagsFile.Length == 0)
        {
            _node.BeginSetTags(NewCall(completion), change(), now);
            return;
        }

        _tagChanges ??= new TagChanges(
            Fits,
            new TagsFile(_options.TagsFile).Save,
            _loop.Post);
        _tagChanges.Begin(
            change,
            (tags, error, end) =>
            {
                if (error is null)
                {
                    _node.BeginSetTags(NewCall(completion), tags, end);
                    return;
                }

                _log.Write(LogLevel.Err, "agent: " + error);
                completion(error, 0, end);
            },
            now);
    }
}
