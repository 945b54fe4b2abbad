using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace Serf.Core.Tests.Tidy;

/// <summary>The rules of the style guide that can be checked. Each gives complaints of the form "path:line: what".</summary>
public static partial class Rules
{
    public const int LineWidthMax = 110;
    public const int MemberLineCountMax = 70;
    public const int FileLineCountMax = 600;

    /// <summary>What the head of a longer file has to begin its reason with.</summary>
    public const string LongFileReason = "// Longer than 600 lines: ";

    /// <summary>Lower folders first; a folder may use itself and those before it.</summary>
    private static readonly string[] _coreOrder = ["Primitives", "Coordinates", "Wire", "Swim", "Cluster", "Rpc"];

    private static readonly string[] _shellOrder = ["Posix", "Net", "Host", "Agent", "Cli"];

    public static IEnumerable<string> LongLines(SourceFile file)
    {
        return ByLine(file.Lines, file, line => line.Length > LineWidthMax ? $"{line.Length} columns" : null);
    }

    public static IEnumerable<string> LongMembers(SourceFile file)
    {
        return MemberScan.BodiesOf(file)
            .Where(body => body.LineCount > MemberLineCountMax)
            .Select(body => $"{file.Path}:{body.FirstLine}: {body.LineCount} lines: {body.Header}");
    }

    public static IEnumerable<string> LongFiles(SourceFile file)
    {
        int count = file.Lines.Length - (file.Text.EndsWith('\n') ? 1 : 0);
        bool excused = file.Lines.TakeWhile(line => !line.StartsWith("namespace", StringComparison.Ordinal))
            .Any(line => line.StartsWith(LongFileReason, StringComparison.Ordinal));
        return count > FileLineCountMax && !excused ? [$"{file.Path}:{count}: too long, and no reason at its head"] : [];
    }

    public static IEnumerable<string> ForbiddenWords(SourceFile file)
    {
        return ByLine(file.Lines, file, line => MatchIn(Unfinished(), line))
            .Concat(ByLine(file.CodeLines, file, line => MatchIn(UnwantedCode(), line)));
    }

    public static IEnumerable<string> ForbiddenTypeNames(SourceFile file)
    {
        return ByLine(file.CodeLines, file, line => MatchIn(UnwantedTypeName(), line));
    }

    /// <summary>What the ahead-of-time compiler cannot keep, or what costs the shipped program too much.</summary>
    public static IEnumerable<string> HostileApi(SourceFile file)
    {
        return ByLine(file.CodeLines, file, line => MatchIn(Hostile(), line));
    }

    public static IEnumerable<string> ScopedNamespaces(SourceFile file)
    {
        string folder = string.Join('.', file.Path.Split('/')[2..^1].Prepend("Serf"));
        Match match = Namespace().Match(file.Code);
        return match.Success && match.Groups[1].Value == folder
            ? []
            : [$"{file.Path}:1: the namespace is to be {folder}, for the whole file"];
    }

    public static IEnumerable<string> BackwardArrows(SourceFile file)
    {
        string[] parts = file.Path.Split('/');
        bool isCore = parts[1] == "Serf.Core";
        string[] order = isCore ? _coreOrder : _shellOrder;
        string folder = parts[2];
        if (folder.EndsWith(".cs", StringComparison.Ordinal))
        {
            return [];
        }

        int rank = Array.IndexOf(order, folder);
        if (rank < 0)
        {
            return [$"{file.Path}:1: folder {folder} has no place in the order"];
        }

        string[] forbidden = isCore
            ? [.. order[(rank + 1)..], .. _shellOrder, .. folder == "Wire" ? new[] { "Coordinates" } : []]
            : order[(rank + 1)..];
        return ByLine(file.CodeLines, file, line => NamespaceUse().Matches(line)
            .Select(match => match.Groups[1].Value)
            .Where(used => forbidden.Contains(used))
            .Select(used => $"{folder} must not use {used}")
            .FirstOrDefault());
    }

    /// <summary>A class that is neither sealed nor static nor abstract in any of its parts.</summary>
    public static IEnumerable<string> OpenClasses(IReadOnlyList<SourceFile> files)
    {
        return files
            .SelectMany(file => ClassDeclaration().Matches(file.Code).Select(match => (
                Name: match.Groups["name"].Value,
                Closed: Closing().IsMatch(match.Groups["modifiers"].Value),
                Place: $"{file.Path}:{file.LineOf(match.Index)}: class {match.Groups["name"].Value} is not sealed")))
            .GroupBy(declaration => declaration.Name)
            .Where(parts => !parts.Any(part => part.Closed))
            .Select(parts => parts.First().Place);
    }

    /// <summary>A file none of whose types, and none of whose extension methods, is named anywhere else.</summary>
    public static IEnumerable<string> DeadFiles(IReadOnlyList<SourceFile> files)
    {
        Dictionary<string, HashSet<string>> users = [];
        foreach (SourceFile file in files)
        {
            foreach (Match word in Word().Matches(file.Code))
            {
                if (!users.TryGetValue(word.Value, out HashSet<string>? paths))
                {
                    users[word.Value] = paths = [];
                }

                paths.Add(file.Path);
            }
        }

        return files
            .Where(file => !file.Code.Contains("static int Main(", StringComparison.Ordinal))
            .Where(file => !NamesOf(file).Any(name => users[name].Count > 1))
            .Select(file => $"{file.Path}:1: nothing uses what it declares");
    }

    private static IEnumerable<string> NamesOf(SourceFile file)
    {
        return TypeDeclaration().Matches(file.Code).Concat(Extension().Matches(file.Code))
            .Select(match => match.Groups["name"].Value);
    }

    private static IEnumerable<string> ByLine(string[] lines, SourceFile file, Func<string, string?> complain)
    {
        for (int index = 0; index < lines.Length; index++)
        {
            if (complain(lines[index]) is string complaint)
            {
                yield return $"{file.Path}:{index + 1}: {complaint}";
            }
        }
    }

    private static string? MatchIn(Regex regex, string line)
    {
        Match match = regex.Match(line);
        return match.Success ? match.Value.Trim() : null;
    }

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\bNotImplementedException\b|\bvar\b|^\s*#\s*(end)?region\b")]
    private static partial Regex UnwantedCode();

    [GeneratedRegex(
        @"\b(class|struct|interface|enum|record)\s+(struct\s+|class\s+)?(\w*(Manager|Helpers?|Utils?|Utilities)|Serf)\b")]
    private static partial Regex UnwantedTypeName();

    [GeneratedRegex(
        @"\bDiagnostics\.Process\b|\bProcess\.Start\b|\bProcessStartInfo\b|\bThreading\.Timer\b|\bnew\s+Timer\b"
        + @"|\bPeriodicTimer\b|\bTask\.Delay\b|\bConcurrentQueue\b|\bBlockingCollection\b|\bDllImport\b|\bdynamic\b"
        + @"|\bSystem\.Reflection\b|\bActivator\.|\bJsonSerializer\b|\bFileSystemWatcher\b")]
    private static partial Regex Hostile();

    [GeneratedRegex(@"^namespace\s+([\w.]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\bSerf\.([A-Z]\w*)")]
    private static partial Regex NamespaceUse();

    [GeneratedRegex(@"^[ \t]*(?<modifiers>(?:(?:public|internal|private|protected|sealed|static|abstract|partial|unsafe|file"
        + @"|readonly|record)[ \t]+)*)class[ \t]+(?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex ClassDeclaration();

    [GeneratedRegex(@"\b(sealed|static|abstract)\b")]
    private static partial Regex Closing();

    [GeneratedRegex(
        @"\b(?:class|struct|interface|enum|record|delegate[ \t]+\S+)[ \t]+(?:struct[ \t]+|class[ \t]+)?(?<name>[A-Z]\w*)")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"\bstatic\b[^;{}=]*?\b(?<name>\w+)(?:<[^>(]*>)?\(\s*this\b")]
    private static partial Regex Extension();

    [GeneratedRegex(@"\b[A-Za-z_]\w*\b")]
    private static partial Regex Word();
}
