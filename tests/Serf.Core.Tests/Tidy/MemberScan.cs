using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace Serf.Core.Tests.Tidy;

/// <summary>A member with a body: where it begins, and how many lines it takes with its signature.</summary>
public readonly record struct MemberBody(string Header, int FirstLine, int LineCount);

/// <summary>Finds the members of types by counting braces in code without comments and literals.</summary>
public static partial class MemberScan
{
    private enum BlockKind
    {
        Type,
        Member,
        Inner,
    }

    public static IEnumerable<MemberBody> BodiesOf(SourceFile file)
    {
        string code = file.Code;
        Stack<(BlockKind Kind, int HeaderStart)> blocks = new();
        int headerStart = 0;
        int parentheses = 0;
        for (int at = 0; at < code.Length; at++)
        {
            switch (code[at])
            {
                case '(' or '[':
                    parentheses++;
                    break;
                case ')' or ']':
                    parentheses--;
                    break;
                case ';' when parentheses == 0:
                    headerStart = at + 1;
                    break;
                case '{':
                    blocks.Push((KindOf(code[headerStart..at], blocks), headerStart));
                    headerStart = parentheses == 0 ? at + 1 : headerStart;
                    break;
                case '}' when blocks.Count > 0:
                    (BlockKind kind, int start) = blocks.Pop();
                    if (kind == BlockKind.Member)
                    {
                        yield return BodyOf(file, start, at);
                    }

                    headerStart = parentheses == 0 ? at + 1 : headerStart;
                    break;
                default:
                    break;
            }
        }
    }

    private static BlockKind KindOf(string header, Stack<(BlockKind Kind, int HeaderStart)> blocks)
    {
        bool inType = blocks.Count == 0 || blocks.Peek().Kind == BlockKind.Type;
        if (inType && TypeHeader().IsMatch(header))
        {
            return BlockKind.Type;
        }

        // The initial value of a field is a table, not a method.
        return inType && !Assignment().IsMatch(Parenthesised().Replace(header, string.Empty))
            ? BlockKind.Member
            : BlockKind.Inner;
    }

    private static MemberBody BodyOf(SourceFile file, int start, int end)
    {
        while (char.IsWhiteSpace(file.Code[start]))
        {
            start++;
        }

        int firstLine = file.LineOf(start);
        return new MemberBody(file.Lines[firstLine - 1].Trim(), firstLine, file.LineOf(end) - firstLine + 1);
    }

    [GeneratedRegex(@"\b(class|struct|interface|enum|record)\s+(struct\s+|class\s+)?[A-Z]\w*|\bextension\s*[<(]")]
    private static partial Regex TypeHeader();

    [GeneratedRegex(@"(?<![=!<>])=(?![=>])")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"\((?>[^()]+|(?<open>\()|(?<-open>\)))*\)")]
    private static partial Regex Parenthesised();
}
