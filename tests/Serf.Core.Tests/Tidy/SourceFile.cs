using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Serf.Core.Tests.Tidy;

/// <summary>One file of C#, as it is and with comments and literals blanked out.</summary>
public sealed class SourceFile
{
    public SourceFile(string path, string text)
    {
        Path = path;
        Text = text;
        Lines = text.Split('\n');
        Code = CodeOnly.Of(text);
        CodeLines = Code.Split('\n');
    }

    /// <summary>Relative to the repository, with slashes: src/Serf.Core/Wire/Crc32.cs.</summary>
    public string Path { get; }

    public string Text { get; }

    public string[] Lines { get; }

    /// <summary>The same text with every comment, string and character replaced by spaces.</summary>
    public string Code { get; }

    public string[] CodeLines { get; }

    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Every C# file below a folder of the repository, in the order of names.</summary>
    public static IReadOnlyList<SourceFile> Under(string folder)
    {
        string root = System.IO.Path.Combine(RepositoryRoot, folder);
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(
                System.IO.Path.GetRelativePath(RepositoryRoot, path).Replace('\\', '/'), File.ReadAllText(path)))
            .ToArray();
    }

    public int LineOf(int offset) => 1 + Text.AsSpan(0, offset).Count('\n');

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Serf.Native.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("These tests run from within the repository.");
    }
}
