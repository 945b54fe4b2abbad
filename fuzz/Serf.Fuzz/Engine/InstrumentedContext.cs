using System;
using System.IO;
using System.Reflection;
using System.Runtime.Loader;

namespace Serf.Fuzz.Engine;

/// <summary>
/// Runs the copies that <see cref="Instrumenter"/> made beside the originals, in the same process.
/// </summary>
internal sealed class InstrumentedContext(string folder) : AssemblyLoadContext("instrumented")
{
    /// <summary>Calls a static method of this assembly's instrumented copy, with plain values.</summary>
    public object? Call(Type type, string method, params object[] arguments)
    {
        Assembly copy = LoadFromAssemblyName(typeof(InstrumentedContext).Assembly.GetName());
        MethodInfo found = copy.GetType(type.FullName!)!.GetMethod(method, BindingFlags.Static | BindingFlags.Public)!;
        return found.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string path = Path.Combine(folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
