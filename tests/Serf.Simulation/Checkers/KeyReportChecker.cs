using Serf.Cluster;

namespace Serf.Simulation.Checkers;

/// <summary>A report on keys adds up, and its verdict is that of its numbers.</summary>
public static class KeyReportChecker
{
    /// <returns>The reason the report is illegal, or null.</returns>
    public static string? Observe(KeyOperation operation, KeyReport report, string? error)
    {
        if (report.ErrorCount > report.AnswerCount || report.Messages.Count > report.AnswerCount)
        {
            return $"{operation}: {report.ErrorCount} errors and {report.Messages.Count} messages "
                + $"in {report.AnswerCount} answers";
        }

        foreach ((string key, KeyCount count) in report.Keys)
        {
            if (operation != KeyOperation.List || count.Nodes > report.AnswerCount)
            {
                return $"{operation}: {count.Nodes} of {report.AnswerCount} nodes list {key}";
            }
        }

        // One that was held for failed may answer all the same.
        bool succeeded = report.ErrorCount == 0 && report.AnswerCount >= report.NodeCount;
        return succeeded == error is null
            ? null
            : $"{operation}: {report.AnswerCount} answers of {report.NodeCount} "
                + $"with {report.ErrorCount} errors end with '{error}'";
    }
}
