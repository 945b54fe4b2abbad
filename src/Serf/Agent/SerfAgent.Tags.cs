using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Agent;

// Tags that change at run time, and their file (spec agent 8.2, 8.3, 20.3). On the node thread.
internal sealed partial class SerfAgent
{
    // Of the configuration that was last taken over; with a tags file of no meaning.
    private Tags _configuredTags;

    private void ReloadTags(Tags configured, Instant now, Action<string> failed)
    {
        Tags tags;
        if (_options.TagsFile.Length == 0)
        {
            tags = ReloadedTags.Merge(_configuredTags, _node.Tags, configured);

            // What is refused is not in force: the next reload compares with what was before.
            _configuredTags = Fits(tags) ? configured : _configuredTags;
        }
        else if (configured.Entries.IsEmpty)
        {
            // The file holds what clients have set; a configuration without tags has no say in it. The
            // original empties the file then.
            tags = _node.Tags;
        }
        else
        {
            tags = configured;
            _log.Write(LogLevel.Warn, AgentMessages.TagsBesideFile);
        }

        SetTags(tags, now, (error, _, _) =>
        {
            if (error is not null)
            {
                failed(error);
            }
        });
    }

    private bool Fits(Tags tags) => TagsCodec.SizeOf(tags, _options.Protocol) <= Limits.MetaSizeMax;

    private void SetTags(Tags tags, Instant now, Completion completion)
    {
        // A set that no node takes must not be what the next start finds: the node says what is wrong.
        bool isSaved = Fits(tags) && _options.TagsFile.Length > 0;
        if (isSaved && new TagsFile(_options.TagsFile).Save(tags) is { } error)
        {
            _log.Write(LogLevel.Err, "agent: " + error);
            completion(error, 0, now);
            return;
        }

        _node.BeginSetTags(NewCall(completion), tags, now);
    }
}
