using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using EventHandler = Serf.Agent.Handlers.EventHandler;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A handler specification is taken or refused with words, as a slow reading of the syntax has it; what is taken
/// is one handler for each filter, all with the command as it was written.
/// </summary>
internal sealed class HandlerTarget : FuzzTarget
{
    private static readonly string[] _specifications =
    [
        "uptime", "*=a=b", "user:deploy=./d.sh x=y", "member-join,member-leave,query=x", "query:load=uptime", "=x",
        "user:,query:=", "member-failed,member-update,member-reap,user,*=", "bogus=x", "user,=x", "user:a:b,c=d",
        "user:\u00e9=\u00e9", "",
    ];

    private static readonly string[] _words =
        ["*", "user", "query", "member-join", "member-leave", "member-failed", "member-update", "member-reap"];

    public override long AllocationPerByte => 4 * 1024;

    public override IEnumerable<byte[]> Seeds() =>
        _specifications.Select(Encoding.UTF8.GetBytes).Append([(byte)'u', (byte)'s', 0xFF, (byte)'=', 0xFE]);

    public override void Run(ReadOnlySpan<byte> input)
    {
        string specification = ByteText.FromBytes(input);
        int equals = specification.IndexOf('=', StringComparison.Ordinal);
        string[] filters = equals < 1 ? ["*"] : specification[..equals].Split(',');
        bool isValid = filters.All(filter => _words.Contains(filter)
            || filter.StartsWith("user:", StringComparison.Ordinal)
            || filter.StartsWith("query:", StringComparison.Ordinal));
        IReadOnlyList<EventHandler> handlers;
        try
        {
            handlers = EventHandler.Parse(specification);
        }
        catch (SerfException exception)
        {
            FuzzException.Check(!isValid, "refused: " + exception.Message);
            FuzzException.Check(
                exception.Message.StartsWith("Invalid event script: Event '", StringComparison.Ordinal),
                "refused with other words: " + exception.Message);
            return;
        }

        FuzzException.Check(isValid, "taken");
        FuzzException.Check(handlers.Count == filters.Length, "another number of handlers than of filters");
        for (int index = 0; index < handlers.Count; index++)
        {
            // A name that is empty stands for all names.
            string shown = handlers[index].Filter.ToString();
            string expected = filters[index] is "user:" or "query:" ? filters[index][..^1] : filters[index];
            FuzzException.Check(shown == expected, $"'{shown}' in place of '{expected}'");
            FuzzException.Check(handlers[index].Command == specification[(equals + 1)..], "another command");
        }
    }
}
