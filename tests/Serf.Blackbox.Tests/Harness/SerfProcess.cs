using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace Serf.Blackbox.Harness;

public enum Signal
{
    Hangup = 1,
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    User1 = 10,
    User2 = 12,
    Alarm = 14,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
    ProcessorLimit = 24,
    FileLimit = 25,
    VirtualAlarm = 26,
    Profile = 27,
    InputOutput = 29,
    Power = 30,
}

/// <summary>A line as it arrived.</summary>
public readonly record struct OutputLine(TimeSpan At, string Text);

/// <summary>One process, its output as it comes, and its end. Ended by its id when disposed.</summary>
public sealed partial class SerfProcess : IDisposable
{
    // Where these tests run in a shell's background, interrupts are ignored, and what they start inherits it.
    private static readonly string[] _defaultSignals =
        InterruptIsIgnored() ? ["env", "--default-signal=INT,QUIT"] : [];

    private readonly Process _process;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Capture _output;
    private readonly Capture _error;

    public SerfProcess(
        string file,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null)
    {
        string[] words = [.. _defaultSignals, file, .. arguments];
        ProcessStartInfo start = new(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? string.Empty,
        };
        // What steers these tests must not reach the program.
        foreach (string name in start.Environment.Keys.Where(IsSetting).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        Description = string.Join(' ', words);
        _process = Process.Start(start) ?? throw new InvalidOperationException(Description);
        _process.StandardInput.Close();
        _output = new Capture(_process.StandardOutput.BaseStream, _watch);
        _error = new Capture(_process.StandardError.BaseStream, _watch);
    }

    public string Description { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output => _output.Text;

    public string Error => _error.Text;

    public IReadOnlyList<OutputLine> Lines => _output.Lines;

    /// <summary>The resident set, in bytes.</summary>
    public long ResidentSize => 1024L * StatusNumber("VmRSS:");

    /// <summary>What it has used of the processors, as user and in the kernel.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public int OpenFileCount => Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;

    public void Send(Signal signal) => Send(Id, signal);

    public static void Send(int id, Signal signal)
    {
        if (Kill(id, (int)signal) != 0)
        {
            throw new InvalidOperationException($"kill {id}: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    public void WaitForOutput(string text, TimeSpan? limit = null)
    {
        Eventually.True(
            $"'{text}' in the output of {Description}",
            limit ?? TimeSpan.FromSeconds(15),
            () => Output.Contains(text, StringComparison.Ordinal) || FailedToSay(text),
            Describe);
    }

    /// <returns>The exit status.</returns>
    public int WaitForExit(TimeSpan? limit = null)
    {
        Eventually.True(
            $"the end of {Description}",
            limit ?? TimeSpan.FromSeconds(15),
            () => _process.HasExited,
            Describe);
        _output.WaitForEnd();
        _error.WaitForEnd();
        return _process.ExitCode;
    }

    public string Describe()
    {
        string state = _process.HasExited ? $"ended with {_process.ExitCode}" : "runs";
        return $"--- {Description} ({state})\n{Tail(Output)}\n--- standard error\n{Tail(Error)}\n";
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill(Id, (int)Signal.Kill);
            _process.WaitForExit(5000);
        }

        _process.Dispose();
    }

    /// <summary>What a process has not said by its end it will not say: no need to wait for the limit.</summary>
    private bool FailedToSay(string text)
    {
        if (!_process.HasExited)
        {
            return false;
        }

        _output.WaitForEnd();
        return Output.Contains(text, StringComparison.Ordinal)
            ? true
            : throw new InvalidOperationException($"It ended without '{text}'.\n{Describe()}");
    }

    private static bool IsSetting(string name) => name.StartsWith("SERF_", StringComparison.Ordinal);

    private static bool InterruptIsIgnored()
    {
        const string Key = "SigIgn:";
        string line = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith(Key, StringComparison.Ordinal));
        ulong ignored = ulong.Parse(line[Key.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (ignored & (1UL << ((int)Signal.Interrupt - 1))) != 0;
    }

    private static string Tail(string text) => text.Length < 6000 ? text : text[^6000..];

    private long StatusNumber(string key)
    {
        string line = File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim());
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int id, int signal);

    /// <summary>Reads bytes, because the exact text matters, and keeps the time of each line.</summary>
    private sealed class Capture
    {
        private readonly object _gate = new();
        private readonly List<byte> _bytes = [];
        private readonly List<OutputLine> _lines = [];
        private readonly Thread _thread;
        private int _lineStart;

        public Capture(Stream stream, Stopwatch watch)
        {
            _thread = new Thread(() => Read(stream, watch)) { IsBackground = true };
            _thread.Start();
        }

        public string Text
        {
            get
            {
                lock (_gate)
                {
                    return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_bytes));
                }
            }
        }

        public IReadOnlyList<OutputLine> Lines
        {
            get
            {
                lock (_gate)
                {
                    return _lines.ToArray();
                }
            }
        }

        // A grandchild may hold the pipe open; what matters has arrived by then.
        public void WaitForEnd() => _thread.Join(TimeSpan.FromSeconds(2));

        private void Read(Stream stream, Stopwatch watch)
        {
            byte[] buffer = new byte[16384];
            try
            {
                for (int count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
                {
                    lock (_gate)
                    {
                        _bytes.AddRange(buffer.AsSpan(0, count));
                        SplitLines(watch.Elapsed);
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // The process was disposed while its output was being read.
            }
        }

        private void SplitLines(TimeSpan at)
        {
            ReadOnlySpan<byte> rest = CollectionsMarshal.AsSpan(_bytes)[_lineStart..];
            for (int end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
            {
                _lines.Add(new OutputLine(at, Encoding.UTF8.GetString(rest[..end])));
                rest = rest[(end + 1)..];
                _lineStart += end + 1;
            }
        }
    }
}
