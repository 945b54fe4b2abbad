using System;
using System.Collections.Generic;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Agent.Handlers;

/// <summary>What a handler reads on its standard input (spec agent 17.3).</summary>
internal static class HandlerInput
{
    /// <summary>Adds the input for <paramref name="happened"/>; nothing for an empty payload.</summary>
    public static void Write(SerfEvent happened, ByteBuffer output)
    {
        switch (happened)
        {
            case MemberEvent members:
                foreach (MemberInfo member in members.Members)
                {
                    WriteMember(member, output);
                }

                break;
            case UserEvent user:
                WritePayload(user.Payload, output);
                break;
            case QueryEvent query:
                WritePayload(query.Payload, output);
                break;
        }
    }

    // member = name TAB ip TAB role TAB [key "=" value *("," key "=" value)] LF
    private static void WriteMember(MemberInfo member, ByteBuffer output)
    {
        WriteField(member.Name.Span, output);
        output.WriteByte((byte)'\t');
        string ip = member.Address.IpText();
        output.Advance(Encoding.UTF8.GetBytes(ip, output.GetSpan(Encoding.UTF8.GetMaxByteCount(ip.Length))));
        output.WriteByte((byte)'\t');
        WriteField(member.Tags["role"u8].Span, output);
        output.WriteByte((byte)'\t');
        bool first = true;
        foreach (KeyValuePair<ByteString, ByteString> tag in member.Tags.Entries)
        {
            if (!first)
            {
                output.WriteByte((byte)',');
            }

            first = false;
            WriteField(tag.Key.Span, output);
            output.WriteByte((byte)'=');
            WriteField(tag.Value.Span, output);
        }

        output.WriteByte((byte)'\n');
    }

    // Only tab and line feed are escaped; a backslash stays as it is, so this cannot be undone for certain.
    private static void WriteField(ReadOnlySpan<byte> value, ByteBuffer output)
    {
        foreach (byte b in value)
        {
            switch (b)
            {
                case (byte)'\t':
                    output.Write("\\t"u8);
                    break;
                case (byte)'\n':
                    output.Write("\\n"u8);
                    break;
                default:
                    output.WriteByte(b);
                    break;
            }
        }
    }

    private static void WritePayload(byte[]? payload, ByteBuffer output)
    {
        if (payload is null || payload.Length == 0)
        {
            return;
        }

        output.Write(payload);

        // The `read` of many shells discards a last line without an end.
        if (payload[^1] != (byte)'\n')
        {
            output.WriteByte((byte)'\n');
        }
    }
}
