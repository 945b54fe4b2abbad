using System.Collections.Generic;
using System.IO;
using System.Text;
using Serf.Cli;

namespace Serf.Tests.Cli;

/// <summary>One call of the program, from its arguments to what it printed.</summary>
internal sealed record CliRun(int Status, string Output, string Error)
{
    public static CliRun Of(CliServer? server, params string[] arguments) => Of(server, [], "", arguments);

    public static CliRun Of(
        CliServer? server, Dictionary<string, string> environment, string input, params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        using MemoryStream standardInput = new(Encoding.UTF8.GetBytes(input));
        CliContext context = new()
        {
            Input = standardInput,
            Output = output,
            Error = error,
            Environment = name => environment.TryGetValue(name, out string? value) ? value
                : name == "SERF_RPC_ADDR" ? server?.Address
                : null,
        };
        int status = CommandTable.Run(arguments, context, Program.Commands);
        return new(status, output.ToString(), error.ToString());
    }
}
