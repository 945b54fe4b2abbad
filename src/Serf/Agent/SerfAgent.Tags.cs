using Serf.Primitives;
using Serf.Wire;

namespace Serf.Agent;

// Tags that change at run time, and their file (spec agent 8.2, 8.3, 20.3). On the node thread.
internal sealed partial class SerfAgent
{
    // The file holds what clients have set; a configuration without tags has no say in it. The original
    // empties the file then.
    private Tags ReloadedTags(Tags configured) =>
        _options.TagsFile.Length > 0 && configured.Entries.IsEmpty ? _node.Tags : configured;

    private void SetTags(Tags tags, Instant now, Completion completion)
    {
        // A set that no node takes must not be what the next start finds: the node says what is wrong.
        bool fits = TagsCodec.SizeOf(tags, _options.Protocol) <= Limits.MetaSizeMax;
        if (fits && _options.TagsFile.Length > 0 && new TagsFile(_options.TagsFile).Save(tags) is { } error)
        {
            _log.Write(LogLevel.Err, "agent: " + error);
            completion(error, 0, now);
            return;
        }

        _node.BeginSetTags(NewCall(completion), tags, now);
    }
}
