using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cli;

/// <summary>Flags of one command, in the syntax of Go's flag package (spec cli 2).</summary>
internal sealed class FlagSet
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private string[] _arguments = [];

    /// <summary>In the order they were added.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>What is left behind the flags.</summary>
    public ReadOnlySpan<string> Arguments => _arguments;

    /// <summary>
    /// Prints what the original prints for a flag error: the line on one stream, the help on the other.
    /// </summary>
    /// <param name="error">From <see cref="Parse"/>; an empty one is not printed.</param>
    /// <returns>The exit status, 1.</returns>
    public static int Refuse(string error, string help, CliContext context)
    {
        if (error.Length != 0)
        {
            context.Error.Write(error + "\n");
        }

        context.Output.Write(help + "\n");
        return 1;
    }

    /// <summary>Whether the flag takes a value only behind <c>=</c>.</summary>
    public bool IsBool(string name) => _entries[name].IsBool;

    public Flag<string> AddText(string name, string value = "") =>
        Add(new Flag<string>(name, value), SetText);

    public Flag<bool> AddBool(string name, bool value = false) =>
        Add(new Flag<bool>(name, value), SetBool, isBool: true);

    public Flag<long> AddInt(string name, long value = 0) => Add(new Flag<long>(name, value), SetInt);

    /// <summary>A duration of spec cli 2.4; a bad one is a flag error.</summary>
    public Flag<TimeSpan> AddDuration(string name, TimeSpan value = default) =>
        Add(new Flag<TimeSpan>(name, value), SetDuration);

    /// <summary>May be repeated; the values in order.</summary>
    public Flag<List<string>> AddList(string name) => Add(new Flag<List<string>>(name, []), SetList);

    /// <summary>A second name for a list: both collect into one, in the order given.</summary>
    public void AddList(string name, Flag<List<string>> list) => Add(name, list, SetList, isBool: false);

    /// <returns>
    /// Null, or the one line for standard error: <c>flag provided but not defined: -x</c>. It is empty for
    /// <c>-h=x</c> and <c>-help=x</c>, which ask for the help in a way the original counts as an error
    /// without a line.
    /// </returns>
    public string? Parse(ReadOnlySpan<string> arguments)
    {
        int index = 0;
        string? error = null;
        while (error is null && index < arguments.Length)
        {
            string argument = arguments[index];
            if (argument.Length < 2 || argument[0] != '-')
            {
                break;
            }

            index++;
            if (argument == "--")
            {
                break;
            }

            error = ParseOne(argument, arguments, ref index);
        }

        _arguments = arguments[index..].ToArray();
        return error;
    }

    private static string? SetText(Flag<string> flag, string text)
    {
        flag.Value = text;
        return null;
    }

    private static string? SetBool(Flag<bool> flag, string text)
    {
        switch (text)
        {
            case "1" or "t" or "T" or "true" or "TRUE" or "True":
                flag.Value = true;
                return null;
            case "0" or "f" or "F" or "false" or "FALSE" or "False":
                flag.Value = false;
                return null;
            default:
                return $"invalid boolean value {GoText.Quote(text)} for -{flag.Name}: parse error";
        }
    }

    private static string? SetInt(Flag<long> flag, string text)
    {
        GoIntegerStatus status = GoInteger.Parse(text, out long value);
        if (status == GoIntegerStatus.Ok)
        {
            flag.Value = value;
            return null;
        }

        string reason = status == GoIntegerStatus.OutOfRange ? "value out of range" : "parse error";
        return $"invalid value {GoText.Quote(text)} for flag -{flag.Name}: {reason}";
    }

    private static string? SetDuration(Flag<TimeSpan> flag, string text)
    {
        if (!GoDuration.TryParse(text, out TimeSpan value, out _))
        {
            return $"invalid value {GoText.Quote(text)} for flag -{flag.Name}: parse error";
        }

        flag.Value = value;
        return null;
    }

    private static string? SetList(Flag<List<string>> flag, string text)
    {
        flag.Value.Add(text);
        return null;
    }

    private Flag<T> Add<T>(Flag<T> flag, Func<Flag<T>, string, string?> set, bool isBool = false)
    {
        Add(flag.Name, flag, set, isBool);
        return flag;
    }

    private void Add<T>(string name, Flag<T> flag, Func<Flag<T>, string, string?> set, bool isBool)
    {
        _entries.Add(name, new Entry(isBool, Set));

        string? Set(string text)
        {
            string? error = set(flag, text);
            flag.IsSet |= error is null;
            return error;
        }
    }

    private string? ParseOne(string argument, ReadOnlySpan<string> arguments, ref int index)
    {
        string name = argument[(argument[1] == '-' ? 2 : 1)..];
        if (name[0] is '-' or '=')
        {
            return "bad flag syntax: " + argument;
        }

        int equals = name.IndexOf('=', StringComparison.Ordinal);
        string? value = equals < 0 ? null : name[(equals + 1)..];
        name = equals < 0 ? name : name[..equals];
        if (!_entries.TryGetValue(name, out Entry? entry))
        {
            return name is "h" or "help" ? "" : "flag provided but not defined: -" + name;
        }

        if (value is null && entry.IsBool)
        {
            value = "true";
        }
        else if (value is null)
        {
            if (index == arguments.Length)
            {
                return "flag needs an argument: -" + name;
            }

            value = arguments[index++];
        }

        return entry.Set(value);
    }

    private sealed record Entry(bool IsBool, Func<string, string?> Set);
}

/// <summary>One flag and, after parsing, its value.</summary>
internal sealed class Flag<T>(string name, T value)
{
    public string Name { get; } = name;

    public T Value { get; set; } = value;

    /// <summary>Whether it was given.</summary>
    public bool IsSet { get; set; }
}
