using System;
using System.Linq;
using System.Text.RegularExpressions;

namespace Serf.Blackbox.Cross;

/// <summary>Takes out of a text what belongs to the moment.</summary>
public static partial class Masks
{
    /// <summary>
    /// Times, durations, statistics of an instant, ports that the kernel chose, and the order of tags.
    /// </summary>
    public static string Moment(string text)
    {
        text = Time().Replace(text, "TIME");
        text = Statistics().Replace(text, "${key}N");
        text = AddressBytes().Replace(text, "\"Addr\":ADDRESS");
        text = Estimate().Replace(text, "rtt: N ms");
        text = QueryTime().Replace(text, "Query time: N sec, time to last response: N sec");
        text = ClientPort().Replace(text, "${address}:CLIENT");
        return Tags().Replace(text, tags => Sorted(tags.Value, ','));
    }

    /// <summary>Lines in the order of their letters, where the original's order is that of chance.</summary>
    public static string Sorted(string text) => Sorted(text, '\n');

    private static string Sorted(string text, char separator)
    {
        return string.Join(separator, text.Split(separator).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d")]
    private static partial Regex Time();

    // What waits to be sent, and how many queries were repeated, is chance; so is what a program is doing at
    // the time.
    [GeneratedRegex(@"(?<key>\b(event_queue|intent_queue|query_queue|query_time|goroutines)(""?(: ""| = )))\d+")]
    private static partial Regex Statistics();

    [GeneratedRegex(@"""Addr"":\[\]uint8\{[^}]*\}")]
    private static partial Regex AddressBytes();

    [GeneratedRegex(@"rtt: \d+\.\d{3} ms")]
    private static partial Regex Estimate();

    [GeneratedRegex(@"Query time: \d+\.\d\d sec, time to last response: \d+\.\d\d sec")]
    private static partial Regex QueryTime();

    // The tests' agents listen on ports below those that the kernel gives to a client.
    [GeneratedRegex(@"(?<address>\b127\.0\.0\.1|@[a-z]+\b):(3[2-9]|[4-6]\d)\d{3}\b")]
    private static partial Regex ClientPort();

    [GeneratedRegex(@"(?<=[ \t])[\w-]+=[^,\s]*(,[\w-]+=[^,\s]*)+")]
    private static partial Regex Tags();
}
