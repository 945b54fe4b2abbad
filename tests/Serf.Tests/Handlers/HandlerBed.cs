using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Serf.Agent.Handlers;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Handlers;

/// <summary>A runner with a folder of its own for what handlers write.</summary>
internal sealed class HandlerBed : IDisposable
{
    // Runs that a test holds, or that a busy machine delays, are not slow: that line is for the tests of it.
    private const long NeverSlow = 3_600_000;

    public HandlerBed(
        int processCountMax = 64, int queueDepthMax = 65536, bool watchesByDescriptor = true,
        long slowMilliseconds = NeverSlow, long graceMilliseconds = NeverSlow)
    {
        Folder = Directory.CreateTempSubdirectory("serf-handlers-").FullName;
        Runner = new(Observer, processCountMax, queueDepthMax)
        {
            WatchesByDescriptor = watchesByDescriptor,
            SlowMilliseconds = slowMilliseconds,
            GraceMilliseconds = graceMilliseconds,
        };
    }

    public string Folder { get; }

    public RecordingObserver Observer { get; } = new();

    public HandlerRunner Runner { get; }

    public static HandlerInvocation User(string name, ReadOnlySpan<byte> payload = default) =>
        Invocation(new UserEvent(1, ByteString.FromText(name), payload.ToArray(), coalesce: false));

    public static HandlerInvocation User(string name, string payload) =>
        User(name, Encoding.UTF8.GetBytes(payload));

    public static HandlerInvocation Query(string name, string payload = "") => Invocation(new QueryEvent(
        7, 1, ByteString.FromText(name), Encoding.UTF8.GetBytes(payload), ByteString.FromText("peer"),
        NodeAddress.FromIPv4(0x7f000001, 7946), 0, Instant.Never));

    public static HandlerInvocation Invocation(SerfEvent happened, Tags? tags = null) =>
        new(happened, ByteString.FromText("n1"), tags ?? Tags.Empty);

    /// <summary>@ stands for the folder.</summary>
    public void Configure(params string[] specifications) => Runner.Configure(
        [.. specifications.SelectMany(
            text => Serf.Agent.Handlers.EventHandler.Parse(text.Replace("@", Folder)))]);

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Runs one event through one handler to its end.</summary>
    public IReadOnlyList<string> RunOne(string specification, HandlerInvocation invocation)
    {
        Configure(specification);
        Runner.Invoke(invocation);
        Observer.WaitForEnds(1);
        return Drain();
    }

    /// <summary>
    /// The lines after one more run, so that all that belongs to earlier runs has been told.
    /// </summary>
    public IReadOnlyList<string> Drain()
    {
        Configure("user:drain=echo drained");
        Runner.Invoke(User("drain"));
        Observer.WaitForLine("Debug agent: Event 'user' script output: drained\n");
        return [.. Observer.Lines.Where(line => !line.EndsWith("drained\n", StringComparison.Ordinal))];
    }

    public void MakeFifo(string name)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start("mkfifo", PathOf(name));
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Waits until a handler writes to the fifo, and gives what it wrote.</summary>
    public string ReadFifo(string name)
    {
        Task<string> reading = OnThreadOfItsOwn(() => File.ReadAllText(PathOf(name)));
        Assert.True(reading.Wait(TimeSpan.FromSeconds(60)), $"Nobody wrote to {name}");
        return reading.Result;
    }

    /// <summary>Waits until a handler reads from the fifo.</summary>
    public void WriteFifo(string name, string text)
    {
        Task writing = OnThreadOfItsOwn(() =>
        {
            File.WriteAllText(PathOf(name), text);
            return text;
        });
        Assert.True(writing.Wait(TimeSpan.FromSeconds(60)), $"Nobody read from {name}");
    }

    // The pool's few threads are the tests' that run beside this one: a blocked one would hold them up.
    private static Task<string> OnThreadOfItsOwn(Func<string> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        Runner.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
