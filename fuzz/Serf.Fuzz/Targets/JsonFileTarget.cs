using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Agent;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// The files that an agent reads and rewrites, tags and keys: taken or refused with words, and what is taken
/// is the same once it was written and read again. The first byte tells which of them it is.
/// </summary>
internal sealed class JsonFileTarget : FuzzTarget
{
    private static readonly string[] _files =
    [
        "t{\"role\":\"web\",\"a\\u00e9\":\"\\ud83d\\ude00\\ud800\",\"\":null}", "tnull", "t{\"a\":\"b\",\"a\":\"c\"} ",
        "t[]", "t{\"a\":1}", "t{}x", "k[\n  \"T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=\",\n  \"AAECAwQFBgcICQoLDA0ODw==\"\n]",
        "k[]", "knull", "k[null]", "k[\"\"]", "k[\"AAEC\"]", "k[\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\",7]", "k{}",
    ];

    public override long AllocationPerByte => 8 * 1024;

    public override IEnumerable<byte[]> Seeds() => _files.Select(Encoding.UTF8.GetBytes);

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        try
        {
            if ((input[0] & 1) == 0)
            {
                CheckTags(input[1..]);
            }
            else
            {
                CheckKeys(input[1..]);
            }
        }
        catch (SerfException exception)
        {
            FuzzException.Check(exception.Message.Length > 0, "refused without a reason");
        }
    }

    private static void CheckTags(ReadOnlySpan<byte> json)
    {
        Tags tags = TagsFile.Decode(json.ToArray());
        Tags again;
        try
        {
            again = TagsFile.Decode(ByteText.ToBytes(TagsFile.Text(tags)));
        }
        catch (SerfException exception)
        {
            throw new FuzzException("what is written is refused: " + exception.Message);
        }

        FuzzException.Check(again.Count == tags.Count, "another number of tags is read back");
        for (int index = 0; index < tags.Count; index++)
        {
            FuzzException.Check(
                again.Entries[index].Key == tags.Entries[index].Key
                && again.Entries[index].Value == tags.Entries[index].Value,
                "another tag is read back");
        }
    }

    private static void CheckKeys(ReadOnlySpan<byte> json)
    {
        List<string> entries = GossipKeys.Decode(json);
        if (entries.Count == 0)
        {
            return;
        }

        Keyring keyring = GossipKeys.ToKeyring(entries);
        Keyring again;
        try
        {
            again = GossipKeys.ToKeyring(GossipKeys.Decode(Encoding.ASCII.GetBytes(KeyringFile.Text(keyring))));
        }
        catch (SerfException exception)
        {
            throw new FuzzException("what is written is refused: " + exception.Message);
        }

        FuzzException.Check(again.Count == keyring.Count, "another number of keys is read back");
        for (int index = 0; index < keyring.Count; index++)
        {
            FuzzException.Check(again.KeyAt(index).SequenceEqual(keyring.KeyAt(index)), "another key is read back");
        }
    }
}
