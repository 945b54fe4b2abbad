using BenchmarkDotNet.Running;

namespace Serf.Bench;

/// <summary>Runs the benchmarks that match <c>--filter</c>; the command line is BenchmarkDotNet's.</summary>
internal static class Program
{
    private static void Main(string[] args) =>
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, new BenchConfig());
}
