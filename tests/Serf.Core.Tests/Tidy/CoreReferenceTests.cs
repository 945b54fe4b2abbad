using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Tidy;

/// <summary>
/// The compiled core, because the banned-API analyzer misses a field merely typed as a socket, and is off in most builds.
/// </summary>
public sealed class CoreReferenceTests
{
    private static readonly string[] _forbiddenNamespaces =
    [
        "System.IO", "System.Net.Sockets", "System.Threading", "System.Threading.Tasks", "System.Reflection",
        "System.Diagnostics.Tracing",
    ];

    private static readonly string[] _forbiddenTypes =
    [
        "System.Console", "System.DateTime", "System.DateTimeOffset", "System.TimeProvider", "System.Random",
        "System.Environment", "System.Diagnostics.Stopwatch", "System.Diagnostics.Process", "System.Guid",
        "System.Security.Cryptography.RandomNumberGenerator",
    ];

    [Fact]
    public void The_core_references_no_clock_no_socket_no_file_and_no_task()
    {
        Assert.DoesNotContain(TypesReferencedBy(typeof(Instant).Assembly), name => IsForbidden(name));
    }

    [Fact]
    public void A_forbidden_reference_is_found()
    {
        string[] own = TypesReferencedBy(typeof(CoreReferenceTests).Assembly).Where(IsForbidden).ToArray();

        Assert.Contains("System.IO.File", own);
        Assert.Contains("System.Reflection.Assembly", own);
    }

    [Theory]
    [InlineData("System.Threading.Interlocked", true)]
    [InlineData("System.Threading.Tasks.Task", true)]
    [InlineData("System.Random", true)]
    [InlineData("System.Random+ImplBase", true)]
    [InlineData("System.RandomAccess", false)]
    [InlineData("System.IOther.File", false)]
    [InlineData("System.Buffers.ArrayPool`1", false)]
    public void Names_are_told_apart(string name, bool isForbidden)
    {
        Assert.Equal(isForbidden, IsForbidden(name));
    }

    private static string[] TypesReferencedBy(Assembly assembly)
    {
        using FileStream file = File.OpenRead(assembly.Location);
        using PEReader portable = new(file);
        MetadataReader metadata = portable.GetMetadataReader();
        return metadata.TypeReferences.Select(handle => NameOf(metadata, handle)).ToArray();
    }

    private static string NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        TypeReference reference = metadata.GetTypeReference(handle);
        string name = metadata.GetString(reference.Name);
        return reference.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf(metadata, (TypeReferenceHandle)reference.ResolutionScope)}+{name}"
            : $"{metadata.GetString(reference.Namespace)}.{name}";
    }

    private static bool IsForbidden(string name)
    {
        // What the compiler itself writes into every assembly.
        if (name is "System.Reflection.AssemblyMetadataAttribute" || IsAssemblyAttribute(name)
            || name == "System.Reflection.DefaultMemberAttribute")
        {
            return false;
        }

        string outer = name.Split('+')[0];
        string space = outer[..outer.LastIndexOf('.')];
        return _forbiddenNamespaces.Contains(space) || _forbiddenTypes.Contains(outer);
    }

    private static bool IsAssemblyAttribute(string name)
    {
        return name.StartsWith("System.Reflection.Assembly", StringComparison.Ordinal)
            && name.EndsWith("Attribute", StringComparison.Ordinal);
    }
}
