using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using Xunit;

namespace Serf.Core.Tests.Tidy;

/// <summary>The style guide, as far as it can be checked. Every rule has a test in which it must complain.</summary>
public sealed class TidyTests
{
    private static readonly string[] _shippedProjects = ["src/Serf/Serf.csproj", "src/Serf.Core/Serf.Core.csproj"];

    private static readonly IReadOnlyList<SourceFile> _sources = SourceFile.Under("src");

    /// <summary>The files of this folder spell the words they look for.</summary>
    private static readonly IReadOnlyList<SourceFile> _checks = SourceFile.Under("tests").Concat(SourceFile.Under("fuzz"))
        .Concat(SourceFile.Under("bench"))
        .Where(file => !file.Path.Contains("/Tidy/", StringComparison.Ordinal))
        .ToArray();

    [Fact]
    public void The_sources_are_found()
    {
        Assert.Contains(_sources, file => file.Path == "src/Serf/Program.cs");
        Assert.Contains(_sources, file => file.Path == "src/Serf.Core/Primitives/Instant.cs");
    }

    [Fact]
    public void No_line_is_too_long() => AssertTidy(_sources.SelectMany(Rules.LongLines));

    [Fact]
    public void No_method_is_too_long() => AssertTidy(_sources.SelectMany(Rules.LongMembers));

    [Fact]
    public void No_file_is_too_long_without_a_reason() => AssertTidy(_sources.SelectMany(Rules.LongFiles));

    [Fact]
    public void Nothing_is_left_for_later() => AssertTidy(_sources.Concat(_checks).SelectMany(Rules.ForbiddenWords));

    [Fact]
    public void Every_type_is_named_for_what_it_is()
    {
        AssertTidy(_sources.Concat(_checks).SelectMany(Rules.ForbiddenTypeNames));
    }

    [Fact]
    public void Nothing_is_used_that_the_shipped_program_must_not_use()
    {
        AssertTidy(_sources.SelectMany(Rules.HostileApi));
    }

    [Fact]
    public void Every_namespace_is_its_folder() => AssertTidy(_sources.SelectMany(Rules.ScopedNamespaces));

    [Fact]
    public void No_folder_uses_one_above_it() => AssertTidy(_sources.SelectMany(Rules.BackwardArrows));

    [Fact]
    public void Every_class_is_sealed() => AssertTidy(Rules.OpenClasses(_sources));

    [Fact]
    public void Every_file_is_used() => AssertTidy(Rules.DeadFiles(_sources));

    [Fact]
    public void Rd_xml_roots_nothing_but_the_program()
    {
        XDocument directives = XDocument.Load(Path.Combine(SourceFile.RepositoryRoot, "rd.xml"));

        Assert.Equal("serf", RootedIn(directives));
    }

    [Fact]
    public void The_program_depends_on_the_base_library_and_one_package()
    {
        string[] packages = _shippedProjects
            .SelectMany(path => XDocument.Load(Path.Combine(SourceFile.RepositoryRoot, path))
                .Descendants("PackageReference"))
            .Where(package => (string?)package.Attribute("PrivateAssets") != "all")
            .Select(package => (string)package.Attribute("Include")!)
            .ToArray();

        Assert.Equal(["Microsoft.Extensions.ObjectPool"], packages);
    }

    [Fact]
    public void A_long_line_is_found()
    {
        Assert.Empty(Rules.LongLines(Core("Wire/A.cs", new string('x', 110))));
        Assert.Equal(
            ["src/Serf.Core/Wire/A.cs:2: 111 columns"], Rules.LongLines(Core("Wire/A.cs", "\n" + new string('x', 111))));
    }

    [Theory]
    [InlineData("void M()\n{{\n{0}}}", 67, 0)]
    [InlineData("void M()\n{{\n{0}}}", 68, 1)]
    [InlineData("int P\n{{\nget\n{{\n{0}}}\n}}", 70, 1)]
    [InlineData("int M(int a = 1) => a switch\n{{\n{0}}};", 70, 1)]
    [InlineData("T M<T>(T a)\nwhere T : class\n{{\n{0}}}", 70, 1)]
    [InlineData("static readonly int[] _table = new int[]\n{{\n{0}}};", 200, 0)]
    public void A_long_method_is_found(string member, int lines, int complaints)
    {
        string body = string.Concat(Enumerable.Repeat("// }\n", lines));
        string text = $"namespace N;\n\nsealed class A\n{{\n{string.Format(member, body)}\n\nvoid Short() {{ }}\n}}\n";

        Assert.Equal(complaints, Rules.LongMembers(Core("Wire/A.cs", text)).Count());
    }

    [Fact]
    public void A_long_file_is_found_unless_it_says_why()
    {
        string lines = string.Concat(Enumerable.Repeat("\n", 601));

        Assert.Empty(Rules.LongFiles(Core("Wire/A.cs", lines[1..])));
        Assert.Single(Rules.LongFiles(Core("Wire/A.cs", lines)));
        Assert.Empty(Rules.LongFiles(Core("Wire/A.cs", Rules.LongFileReason + "one table.\n" + lines)));
        Assert.Single(Rules.LongFiles(Core("Wire/A.cs", "namespace N;\n" + Rules.LongFileReason + "late.\n" + lines)));
    }

    [Theory]
    [InlineData("// TODO: later", 1)]
    [InlineData("/* FIXME */", 1)]
    [InlineData("string a = \"HACK\";", 1)]
    [InlineData("// XXX", 1)]
    [InlineData("throw new NotImplementedException();", 1)]
    [InlineData("var a = 1;", 1)]
    [InlineData("if (x is var y)", 1)]
    [InlineData("  #region R", 1)]
    [InlineData("// what a var would be", 0)]
    [InlineData("string a = $\"var {(b ? \"var\" : @\"var\"\"\")} var\"; int variable;", 0)]
    [InlineData("char a = '\"'; string b = \"\"\"\n var \"x\" \n\"\"\"; char c = '\\'';", 0)]
    public void Forbidden_words_are_found_where_they_count(string text, int complaints)
    {
        Assert.Equal(complaints, Rules.ForbiddenWords(Core("Wire/A.cs", text)).Count());
    }

    [Theory]
    [InlineData("class MemberManager", 1)]
    [InlineData("static class SpanHelpers", 1)]
    [InlineData("readonly record struct ByteUtil(int A)", 1)]
    [InlineData("class Serf", 1)]
    [InlineData("class SerfNode", 0)]
    [InlineData("class Utility", 0)]
    public void Empty_type_names_are_found(string text, int complaints)
    {
        Assert.Equal(complaints, Rules.ForbiddenTypeNames(Core("Wire/A.cs", text)).Count());
    }

    [Theory]
    [InlineData("using System.Threading; Timer a = new Timer(b);")]
    [InlineData("System.Threading.Timer a;")]
    [InlineData("await Task.Delay(1);")]
    [InlineData("using System.Diagnostics.Process a = b;")]
    [InlineData("Process.Start(a);")]
    [InlineData("ConcurrentQueue<int> a = new();")]
    [InlineData("new BlockingCollection<int>()")]
    [InlineData("[DllImport(\"libc\")]")]
    [InlineData("using System.Reflection;")]
    [InlineData("JsonSerializer.Serialize(a);")]
    public void Hostile_api_is_found(string text)
    {
        Assert.Single(Rules.HostileApi(Core("Wire/A.cs", text)));
        Assert.Empty(Rules.HostileApi(Core("Wire/A.cs", "// " + text)));
    }

    [Theory]
    [InlineData("src/Serf.Core/Wire/A.cs", "namespace Serf.Wire;", 0)]
    [InlineData("src/Serf.Core/Wire/A.cs", "namespace Serf.Swim;", 1)]
    [InlineData("src/Serf.Core/Wire/A.cs", "namespace Serf.Wire\n{\n}", 1)]
    [InlineData("src/Serf/Agent/Handlers/A.cs", "namespace Serf.Agent.Handlers;", 0)]
    [InlineData("src/Serf/Program.cs", "namespace Serf;", 0)]
    public void A_wrong_namespace_is_found(string path, string text, int complaints)
    {
        Assert.Equal(complaints, Rules.ScopedNamespaces(new SourceFile(path, text)).Count());
    }

    [Theory]
    [InlineData("src/Serf.Core/Wire/A.cs", "using Serf.Primitives;", 0)]
    [InlineData("src/Serf.Core/Wire/A.cs", "using Serf.Swim;", 1)]
    [InlineData("src/Serf.Core/Wire/A.cs", "using Serf.Coordinates;", 1)]
    [InlineData("src/Serf.Core/Coordinates/A.cs", "using Serf.Wire;", 1)]
    [InlineData("src/Serf.Core/Rpc/A.cs", "using Serf.Agent;", 1)]
    [InlineData("src/Serf.Core/Rpc/A.cs", "using Serf.Coordinates;", 0)]
    [InlineData("src/Serf.Core/Swim/A.cs", "int a = Serf.Cluster.SerfOptions.B;", 1)]
    [InlineData("src/Serf.Core/Swim/A.cs", "/// <see cref=\"Serf.Cluster.SerfNode\"/>", 0)]
    [InlineData("src/Serf.Core/Other/A.cs", "", 1)]
    [InlineData("src/Serf/Net/A.cs", "using Serf.Rpc;\nusing Serf.Posix;", 0)]
    [InlineData("src/Serf/Net/A.cs", "using Serf.Host;", 1)]
    [InlineData("src/Serf/Agent/Rpc/A.cs", "using Serf.Cli;", 1)]
    [InlineData("src/Serf/Program.cs", "using Serf.Cli;", 0)]
    public void An_arrow_that_turns_back_is_found(string path, string text, int complaints)
    {
        Assert.Equal(complaints, Rules.BackwardArrows(new SourceFile(path, text)).Count());
    }

    [Theory]
    [InlineData("public class A", 1)]
    [InlineData("internal partial class A", 1)]
    [InlineData("public record class A", 1)]
    [InlineData("public sealed class A", 0)]
    [InlineData("internal static partial class A", 0)]
    [InlineData("internal partial class A { }\ninternal sealed partial class A", 0)]
    [InlineData("public abstract class A", 0)]
    public void An_open_class_is_found(string text, int complaints)
    {
        Assert.Equal(complaints, Rules.OpenClasses([Core("Wire/A.cs", text)]).Count());
    }

    [Fact]
    public void A_dead_file_is_found()
    {
        SourceFile used = Core("Wire/Used.cs", "sealed class Used { }");
        SourceFile dead = Core("Wire/Dead.cs", "sealed class Dead { Used a; /* Alone */ }");
        SourceFile extended = Core("Wire/Extended.cs", "static class Extended { static int Twice(this int a) => a; }");
        SourceFile user = Core("Swim/User.cs", "sealed class User { int a = 1.Twice(); }");
        SourceFile program = Core("Program.cs", "static class P { private static int Main(string[] a) { new User(); } }");

        Assert.Equal(
            ["src/Serf.Core/Wire/Dead.cs:1: nothing uses what it declares"],
            Rules.DeadFiles([used, dead, extended, user, program]));
    }

    [Fact]
    public void A_rooted_assembly_is_found()
    {
        XDocument directives = XDocument.Parse(
            "<Directives><Application><Assembly Name=\"serf\" /><Assembly Name=\"Serf.Core\" /></Application></Directives>");
        XDocument members = XDocument.Parse(
            "<Directives><Application><Assembly Name=\"serf\" Dynamic=\"Required All\" /></Application></Directives>");

        Assert.Equal("serf, Serf.Core", RootedIn(directives));
        Assert.Equal("serf Required All", RootedIn(members));
    }

    private static string RootedIn(XDocument directives)
    {
        return string.Join(", ", directives.Descendants()
            .Where(element => element.Name.LocalName is not "Directives" and not "Application" and not "Library")
            .Select(element => string.Join(' ', element.Attributes().Select(attribute => attribute.Value))));
    }

    private static SourceFile Core(string path, string text) => new($"src/Serf.Core/{path}", text);

    private static void AssertTidy(IEnumerable<string> complaints)
    {
        string all = string.Join('\n', complaints);
        Assert.True(all.Length == 0, all);
    }
}
