using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Agent;

// Tags that change at run time, and their file (spec agent 8.2, 8.3, 20.3). On the node thread.
internal sealed partial class SerfAgent
{
    private TagChanges? _tagChanges;

    // The file holds what clients have set; a configuration without tags has no say in it. The original
    // empties the file then.
    private Tags ReloadedTags(Tags configured) =>
        _options.TagsFile.Length > 0 && configured.Entries.IsEmpty ? _node.Tags : configured;

    /// <param name="change">The new tags, asked for when all earlier changes are made.</param>
    private void SetTags(Func<Tags> change, Instant now, Completion completion)
    {
        if (_options.TagsFile.Length == 0)
        {
            _node.BeginSetTags(NewCall(completion), change(), now);
            return;
        }

        _tagChanges ??= new TagChanges(
            tags => TagsCodec.SizeOf(tags, _options.Protocol) <= Limits.MetaSizeMax,
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
