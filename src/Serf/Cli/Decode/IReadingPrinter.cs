namespace Serf.Cli.Decode;

/// <summary>One of the forms that readings are printed in.</summary>
internal interface IReadingPrinter
{
    /// <summary>Takes the messages of the next line.</summary>
    IReadingSink Sink { get; }

    /// <summary>Prints the line: what is around the messages, and what the sink was told of them.</summary>
    void Print(LineReading reading, LineOutput output);
}
