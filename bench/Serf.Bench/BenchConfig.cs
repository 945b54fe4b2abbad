using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Serf.Bench;

/// <summary>
/// Short jobs in this process, so that all of it takes minutes. Many short iterations rather than few long ones:
/// on a machine that does other things too, the least of them is what the code takes.
/// </summary>
internal sealed class BenchConfig : ManualConfig
{
    public BenchConfig()
    {
        AddJob(Job.Default
            .WithId("Brief")
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(10)
            .WithIterationCount(60)
            .WithIterationTime(TimeInterval.FromMilliseconds(1)));
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumnProvider(
            DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params, DefaultColumnProviders.Metrics);
        AddColumn(StatisticColumn.Min, StatisticColumn.Median);
        AddLogger(ConsoleLogger.Default);
        AddExporter(MarkdownExporter.GitHub);
        WithOptions(ConfigOptions.DisableLogFile);
        WithSummaryStyle(SummaryStyle.Default
            .WithCultureInfo(CultureInfo.InvariantCulture)
            .WithTimeUnit(TimeUnit.Nanosecond));
    }
}
