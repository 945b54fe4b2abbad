using System;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Serf.Cluster;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent.Handlers;

/// <summary>
/// One run of a handler, from its start to the end of the process and of everything that holds its output.
/// Used again for later runs. Handler thread only; nothing here waits.
/// </summary>
internal sealed unsafe partial class HandlerProcess(IHandlerObserver observer, long slowMilliseconds)
{
    /// <summary>Descriptors that a run waits for.</summary>
    public const int PollCount = 3;

    // Reads in one turn: a handler that never stops writing must not hold up the others.
    private const int ReadCountMax = 16;

    private readonly OutputTail _output = new();
    private readonly ByteBuffer _input = new();
    private HandlerQueue? _queue;
    private HandlerInvocation? _invocation;
    private int _inputPosition;
    private int _process;
    private int _exitDescriptor = -1;
    private int _inputDescriptor = -1;
    private int _outputDescriptor = -1;
    private ExitStatus _status;
    private string? _waitError;
    private long _startedMilliseconds;
    private long _started;
    private bool _slowReported;

    public HandlerQueue Queue => _queue!;

    /// <summary>The process has ended and nobody holds its output any more.</summary>
    public bool IsFinished => _process == 0 && _outputDescriptor < 0;

    /// <summary>No descriptor tells of the process's end: it has to be asked for now and then.</summary>
    public bool NeedsAsking => _process != 0 && _exitDescriptor < 0 && !_hasEnded;

    /// <summary>
    /// When <see cref="ReportSlow"/> has something to say; <see cref="long.MaxValue"/> when it has not.
    /// </summary>
    public long SlowAtMilliseconds => _slowReported ? long.MaxValue : _startedMilliseconds + slowMilliseconds;

    /// <returns>True when the process was started; if not, the reason has been reported.</returns>
    public bool Start(
        HandlerQueue queue, HandlerInvocation invocation, HandlerEnvironment environment,
        long nowMilliseconds, bool watchByDescriptor, long timeoutMilliseconds = 0)
    {
        SetLimit(timeoutMilliseconds, nowMilliseconds);
        _queue = queue;
        _invocation = invocation;
        _startedMilliseconds = nowMilliseconds;
        _started = Stopwatch.GetTimestamp();
        _slowReported = false;
        _waitError = null;
        _status = default;
        _output.Clear();
        string? error = environment.TryBuild(invocation)
            ? Launch(environment)
            : "exec: environment variable contains NUL";
        if (error is not null)
        {
            ReportError(error);
            observer.Ran(queue.CommandBytes, Stopwatch.GetElapsedTime(_started));
            Release();
            return false;
        }

        _exitDescriptor = watchByDescriptor ? Libc.PidfdOpen(_process) : -1;
        return true;
    }

    public void Describe(Span<PollEntry> entries)
    {
        entries[0] = new() { Descriptor = _exitDescriptor, Events = Libc.PollIn };
        entries[1] = new() { Descriptor = _inputDescriptor, Events = Libc.PollOut };
        entries[2] = new() { Descriptor = _outputDescriptor, Events = Libc.PollIn };
    }

    /// <summary>Does what the descriptors allow.</summary>
    public void Serve(ReadOnlySpan<PollEntry> entries, Span<byte> scratch)
    {
        if (entries[2].Returned != 0)
        {
            ReadOutput(scratch);
        }

        if (entries[1].Returned != 0)
        {
            WriteInput();
        }

        bool isOver = _hasEnded && _outputDescriptor < 0 && _process != 0;
        if (entries[0].Returned != 0 || NeedsAsking || isOver)
        {
            Reap();
        }
    }

    public void ReportSlow(long nowMilliseconds)
    {
        if (nowMilliseconds >= SlowAtMilliseconds)
        {
            _slowReported = true;
            observer.Report(LogLevel.Warn, $"agent: Script '{Queue.Command}' slow, execution exceeding 1s");
        }
    }

    /// <summary>Tells the outcome and makes ready for another run.</summary>
    public void Finish()
    {
        Invariant.Holds(IsFinished);
        observer.Ran(Queue.CommandBytes, Stopwatch.GetElapsedTime(_started));
        if (_inputDescriptor >= 0)
        {
            ReportInputError("file already closed");
        }

        if (_output.TotalSize > Limits.HandlerOutputSizeMax)
        {
            string total = _output.TotalSize.ToString(CultureInfo.InvariantCulture);
            string kept = Limits.HandlerOutputSizeMax.ToString(CultureInfo.InvariantCulture);
            observer.Report(
                LogLevel.Warn,
                $"agent: Script '{Queue.Command}' generated {total} bytes of output, truncated to {kept}");
        }

        byte[] output = _output.ToArray();
        string label = _invocation!.Event.Kind.Label();
        observer.Report(
            LogLevel.Debug, $"agent: Event '{label}' script output: {ByteText.FromBytes(output)}");
        string? failure = LimitError ?? _waitError ?? (_status.IsSuccess ? null : _status.ToString());
        if (failure is not null)
        {
            ReportError(failure);
        }
        else if (_invocation.Event is QueryEvent query && output.Length > 0)
        {
            observer.Respond(query, output);
        }

        Release();
    }

    /// <summary>Lets go of the process, which goes on by itself.</summary>
    public void Release()
    {
        Spawn.Close(ref _exitDescriptor);
        Spawn.Close(ref _inputDescriptor);
        Spawn.Close(ref _outputDescriptor);
        _process = 0;
        _inputPosition = 0;
        _input.Dispose();
        _queue = null;
        _invocation = null;
    }

    private string? Launch(HandlerEnvironment environment)
    {
        // The command cannot hold a zero byte before its end: the shell would run only
        // the part in front of it.
        if (Queue.Command.Contains('\0', StringComparison.Ordinal))
        {
            return "fork/exec /bin/sh: " + Spawn.ErrorText(Libc.ErrorInvalid);
        }

        int error = Spawn.CreatePipe(out int input, out _inputDescriptor);
        if (error != 0)
        {
            return "pipe2: " + Spawn.ErrorText(error);
        }

        error = Spawn.CreatePipe(out _outputDescriptor, out int output);
        if (error != 0)
        {
            Spawn.Close(ref input);
            return "pipe2: " + Spawn.ErrorText(error);
        }

        Spawn.SetNonBlocking(_inputDescriptor);
        Spawn.SetNonBlocking(_outputDescriptor);

        // What fits the pipe goes in before the start, so that a handler which does
        // not read cannot refuse it.
        HandlerInput.Write(_invocation!.Event, _input);
        WriteInput();
        fixed (byte* command = Queue.CommandBytes)
        {
            error = Spawn.Shell(command, environment.Block, input, output, IsLimited, out _process);
        }

        Spawn.Close(ref input);
        Spawn.Close(ref output);
        return error == 0 ? null : "fork/exec /bin/sh: " + Spawn.ErrorText(error);
    }

    private void WriteInput()
    {
        while (_inputPosition < _input.Length)
        {
            nint written;
            ReadOnlySpan<byte> rest = _input.Written[_inputPosition..];
            fixed (byte* bytes = rest)
            {
                written = Libc.WriteDescriptor(_inputDescriptor, bytes, rest.Length);
            }

            if (written >= 0)
            {
                _inputPosition += (int)written;
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == Libc.ErrorTryAgain)
            {
                return;
            }

            if (error != Libc.ErrorInterrupted)
            {
                ReportInputError("write |1: " + Spawn.ErrorText(error));
                break;
            }
        }

        Spawn.Close(ref _inputDescriptor);
        _input.Dispose();
        _inputPosition = 0;
    }

    private void ReadOutput(Span<byte> scratch)
    {
        for (int turn = 0; turn < ReadCountMax; turn++)
        {
            nint size;
            fixed (byte* bytes = scratch)
            {
                size = Libc.ReadDescriptor(_outputDescriptor, bytes, scratch.Length);
            }

            if (size > 0)
            {
                _output.Append(scratch[..(int)size]);
                continue;
            }

            int error = size == 0 ? 0 : Marshal.GetLastPInvokeError();
            if (error == Libc.ErrorTryAgain)
            {
                return;
            }

            if (error != Libc.ErrorInterrupted)
            {
                Spawn.Close(ref _outputDescriptor);
                return;
            }
        }
    }

    private void Reap()
    {
        if (IsLimited && _outputDescriptor >= 0)
        {
            // Until the last of its group has let go of the output it stays what it is: once it is taken
            // away, the kernel may give its number, and that of its group, to others.
            NoteEnd();
            return;
        }

        int status = 0;
        int reaped = Libc.WaitProcess(_process, &status, Libc.WaitNoHang);
        int error = reaped < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (reaped == 0 || error == Libc.ErrorInterrupted)
        {
            return;
        }

        _status = new(status);
        _waitError = reaped < 0 ? "wait: " + Spawn.ErrorText(error) : null;
        _process = 0;
        Spawn.Close(ref _exitDescriptor);
    }

    private void ReportError(string reason) =>
        observer.Report(LogLevel.Err, $"agent: Error invoking script '{Queue.Command}': {reason}");

    private void ReportInputError(string reason) =>
        observer.Report(LogLevel.Err, "Error writing payload: " + reason);
}
