using System;
using System.Globalization;
using System.IO;
using Serf.Fuzz.Engine;

namespace Serf.Fuzz;

/// <summary>
/// <c>Serf.Fuzz FOLDER SECONDS SEED [TARGET]</c> searches one target or all in turn and writes what it finds
/// to the folder; <c>Serf.Fuzz replay TARGET FILE</c> runs one input; <c>Serf.Fuzz coverage FOLDER
/// [NAMESPACE]</c> tells what all searches in the folder have reached, and which blocks they have not.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is ["replay", string target, string file])
        {
            FuzzTargets.Find(target).Run(File.ReadAllBytes(file));
            Console.WriteLine("everything holds");
            return 0;
        }

        if (args is ["coverage", string searched, ..])
        {
            BlockReport blocks = new(searched);
            Console.Write(args.Length > 2 ? blocks.Missing(args[2]) : blocks.Total());
            return 0;
        }

        if (args.Length is < 3 or > 4)
        {
            Console.Error.WriteLine("Serf.Fuzz FOLDER SECONDS SEED [TARGET] | Serf.Fuzz replay TARGET FILE"
                + " | Serf.Fuzz coverage FOLDER [NAMESPACE]");
            return 2;
        }

        string folder = Path.GetFullPath(args[0]);
        int seconds = int.Parse(args[1], CultureInfo.InvariantCulture);
        int seed = int.Parse(args[2], CultureInfo.InvariantCulture);
        Instrumenter.Write(folder);
        InstrumentedContext context = new(folder);
        string only = args.Length > 3 ? args[3] : "";
        return (int)context.Call(typeof(Campaign), nameof(Campaign.Run), folder, seconds, seed, only)!;
    }
}
