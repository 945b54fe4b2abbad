using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Serf.Fuzz.Engine;

/// <summary>
/// Writes copies of the assemblies under test whose every basic block tells <see cref="Coverage"/> that it
/// ran, and the constants, strings and byte strings of their code, which are the words of what they read.
/// </summary>
internal sealed class Instrumenter
{
    public const string WordsFile = "words.txt";

    /// <summary>A line for each block, in the order of their numbers: namespace, tab, method and place.</summary>
    public const string BlocksFile = "blocks.txt";

    private const int WordSizeMax = 32;

    private static readonly string[] _assemblies = ["Serf.Core", "serf", "Serf.Fuzz"];

    private readonly HashSet<string> _words = [];
    private readonly List<string> _blocks = [];
    private readonly Random _random = new(1);

    /// <summary>Makes the folder whole; <see cref="InstrumentedContext"/> runs what is in it.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        Instrumenter instrumenter = new();
        string own = Path.Combine(AppContext.BaseDirectory, "Serf.Fuzz.dll");
        using AssemblyDefinition fuzz = AssemblyDefinition.ReadAssembly(own);
        MethodDefinition hit = fuzz.MainModule.GetType(typeof(Coverage).FullName).Methods
            .Single(method => method.Name == nameof(Coverage.Hit));
        foreach (string name in _assemblies)
        {
            using DefaultAssemblyResolver resolver = new();
            resolver.AddSearchDirectory(AppContext.BaseDirectory);
            ReaderParameters parameters = new() { AssemblyResolver = resolver };
            string source = Path.Combine(AppContext.BaseDirectory, name + ".dll");
            using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(source, parameters);
            instrumenter.Visit(assembly.MainModule, hit);
            assembly.Write(Path.Combine(folder, name + ".dll"));
        }

        File.WriteAllLines(Path.Combine(folder, WordsFile), instrumenter._words.Order(StringComparer.Ordinal));
        File.WriteAllLines(Path.Combine(folder, BlocksFile), instrumenter._blocks);
    }

    private void Visit(ModuleDefinition module, MethodDefinition hit)
    {
        bool isOwn = module.Assembly.Name.Name == "Serf.Fuzz";
        MethodReference reference = isOwn
            ? module.GetType(typeof(Coverage).FullName).Methods.Single(method => method.Name == hit.Name)
            : module.ImportReference(hit);
        foreach (TypeDefinition type in module.GetTypes())
        {
            foreach (FieldDefinition field in type.Fields.Where(field => field.InitialValue is { Length: > 0 }))
            {
                AddWord(field.InitialValue.AsSpan().TrimEnd((byte)0));
            }

            if (isOwn && type.FullName != typeof(Canary).FullName)
            {
                continue;
            }

            foreach (MethodDefinition method in type.Methods.Where(method => method.HasBody))
            {
                CollectWords(method.Body);
                Visit(method.Body, reference);
            }
        }
    }

    private void Visit(MethodBody body, MethodReference hit)
    {
        body.SimplifyMacros();
        ILProcessor processor = body.GetILProcessor();
        string space = NamespaceOf(body.Method.DeclaringType);
        int number = 0;
        foreach (Instruction head in HeadsOf(body))
        {
            if (_blocks.Count == Coverage.BlockCountMax)
            {
                throw new InvalidOperationException("more blocks than can be told apart");
            }

            // What jumps to the head must come to the call: the head becomes it, and a copy follows.
            Instruction copy = processor.Create(OpCodes.Nop);
            copy.OpCode = head.OpCode;
            copy.Operand = head.Operand;
            head.OpCode = OpCodes.Ldc_I4;
            head.Operand = _random.Next(Coverage.Size);
            processor.InsertAfter(head, copy);
            processor.InsertAfter(head, processor.Create(OpCodes.Call, hit));
            processor.InsertAfter(head, processor.Create(OpCodes.Ldc_I4, _blocks.Count));
            _blocks.Add($"{space}\t{body.Method.FullName}#{number}");
            number++;
        }

        body.OptimizeMacros();
    }

    private static string NamespaceOf(TypeDefinition type) =>
        type.DeclaringType is { } outer ? NamespaceOf(outer) : type.Namespace;

    private static HashSet<Instruction> HeadsOf(MethodBody body)
    {
        HashSet<Instruction> heads = [body.Instructions[0]];
        foreach (Instruction instruction in body.Instructions)
        {
            if (instruction.Operand is Instruction target)
            {
                heads.Add(target);
                AddIfAny(heads, instruction.Next);
            }
            else if (instruction.Operand is Instruction[] targets)
            {
                heads.UnionWith(targets);
                AddIfAny(heads, instruction.Next);
            }
        }

        foreach (ExceptionHandler handler in body.ExceptionHandlers)
        {
            AddIfAny(heads, handler.HandlerStart);
            AddIfAny(heads, handler.FilterStart);
        }

        return heads;
    }

    private static void AddIfAny(HashSet<Instruction> heads, Instruction? instruction)
    {
        if (instruction is not null)
        {
            heads.Add(instruction);
        }
    }

    private void CollectWords(MethodBody body)
    {
        foreach (Instruction instruction in body.Instructions)
        {
            switch (instruction.Operand)
            {
                case string text:
                    AddWord(Encoding.UTF8.GetBytes(text));
                    break;
                case int number when number is > 255 or < -128:
                    AddNumber(number);
                    break;
                case long number:
                    AddNumber(number);
                    break;
                default:
                    break;
            }
        }
    }

    private void AddNumber(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        AddWord(number is >= short.MinValue and <= ushort.MaxValue ? bytes[6..]
            : number is >= int.MinValue and <= uint.MaxValue ? bytes[4..]
            : bytes);
    }

    private void AddWord(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is > 0 and <= WordSizeMax)
        {
            _words.Add(Convert.ToHexString(bytes));
        }
    }
}
