using BenchmarkDotNet.Running;
using Serf.Bench.Cluster;

namespace Serf.Bench;

/// <summary>
/// Runs the benchmarks that match <c>--filter</c>; the command line is BenchmarkDotNet's. With <c>memory</c> alone
/// it tells instead what members cost in memory.
/// </summary>
internal static class Program
{
    private static void Main(string[] args)
    {
        if (args is ["memory"])
        {
            MemberMemory.Print();
            return;
        }

        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, new BenchConfig());
    }
}
