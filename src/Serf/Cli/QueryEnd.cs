namespace Serf.Cli;

/// <summary>How following a query came to its end.</summary>
internal enum QueryEnd
{
    /// <summary>The agent said that the query is over.</summary>
    Done,

    /// <summary>SIGINT.</summary>
    Interrupted,

    /// <summary>The connection ended before: what came may not be all.</summary>
    Lost,
}
