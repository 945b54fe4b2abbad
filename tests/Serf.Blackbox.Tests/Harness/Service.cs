using System;
using System.IO;
using System.Threading;
using Xunit.Sdk;

namespace Serf.Blackbox.Harness;

/// <summary>
/// What a service manager does for an agent: starts the program at a path, and ends it with the signal to leave. The two
/// commands can be called from a shell, as systemctl is, and return when it is done.
/// </summary>
public sealed class Service : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly string _binary;
    private readonly string[] _arguments;
    private readonly Thread _thread;
    private volatile bool _isOver;
    private volatile SerfProcess? _process;

    /// <param name="folder">Of its own; for the commands and the log.</param>
    /// <param name="binary">Path of the program. What is there may be replaced between stop and start.</param>
    /// <param name="arguments">Of the program.</param>
    public Service(string folder, string binary, params string[] arguments)
    {
        _folder = folder;
        _binary = binary;
        _arguments = arguments;
        Directory.CreateDirectory(folder);
        foreach (string word in new[] { "start", "stop" })
        {
            // The answer is what went wrong.
            File.WriteAllText(Path.Combine(folder, word), $"""
                echo {word} > '{folder}/request.part'
                mv '{folder}/request.part' '{folder}/request'
                until [ -e '{folder}/answer' ]; do sleep 0.02; done
                answer=$(cat '{folder}/answer')
                rm '{folder}/answer'
                echo "$answer" >&2
                [ -z "$answer" ]

                """.ReplaceLineEndings("\n"));
        }

        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public string StartCommand => $"sh {_folder}/start";

    public string StopCommand => $"sh {_folder}/stop";

    /// <summary>The last process that was started.</summary>
    public SerfProcess Process => _process ?? throw new InvalidOperationException("It was never started.");

    public void Start()
    {
        _process = new SerfProcess(_binary, _arguments);
        _process.WaitForOutput("==> Log data will now stream in as it occurs:", _patience);
    }

    public void Stop()
    {
        Process.Send(Signal.Interrupt);
        Process.WaitForExit(_patience);
        Process.Dispose();
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        _process?.Dispose();
    }

    private void Serve()
    {
        string request = Path.Combine(_folder, "request");
        while (!_isOver)
        {
            if (!File.Exists(request))
            {
                Thread.Sleep(10);
                continue;
            }

            string word = File.ReadAllText(request).Trim();
            File.Delete(request);
            string answer = Path.Combine(_folder, "answer");
            File.WriteAllText(answer + ".part", Obey(word));
            File.Move(answer + ".part", answer);
        }
    }

    private string Obey(string word)
    {
        try
        {
            (word == "start" ? (Action)Start : Stop)();
            return string.Empty;
        }
        catch (Exception exception) when (exception is XunitException or InvalidOperationException)
        {
            return exception.Message;
        }
    }
}
