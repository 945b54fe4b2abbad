using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;

namespace Serf.Blackbox.Harness;

/// <summary>
/// Bytes to a control port, and all that comes back as text in which equal answers look equal: a header and what
/// follows it in one line, those of one number in their order, what an agent alone can know masked.
/// </summary>
public sealed class RpcTalk
{
    // Every agent answers to a stop, and this number is nobody's.
    private const ulong LastSeq = 0xFFFF_FFFF_FFFF_FF01;

    private readonly List<byte> _bytes = [];
    private int _recordCount;
    private bool _ends;

    public static RpcTalk Shaken() => new RpcTalk().Send("handshake", 1, new() { ["Version"] = 1 });

    public RpcTalk Send(string command, ulong seq, Dictionary<string, object?>? body = null)
    {
        using MemoryStream request = new();
        Msgpack.Write(request, new Dictionary<string, object?> { ["Command"] = command, ["Seq"] = seq });
        if (body is not null)
        {
            Msgpack.Write(request, body);
        }

        return Bytes(request.ToArray());
    }

    /// <summary>The head of a request, with a body of any kind behind it.</summary>
    public RpcTalk SendRaw(string command, ulong seq, params byte[] body)
    {
        Send(command, seq);
        return Bytes(body);
    }

    /// <summary>A body of one field, whose value is of any kind.</summary>
    public RpcTalk SendField(string command, ulong seq, string field, params byte[] value) => SendRaw(
        command, seq, [0x81, (byte)(0xA0 + field.Length), .. Encoding.ASCII.GetBytes(field), .. value]);

    public RpcTalk Bytes(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public RpcTalk Hex(string hex) => Bytes(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    /// <summary>Records that come whenever they come.</summary>
    public RpcTalk AwaitRecords(int count)
    {
        _recordCount = count;
        return this;
    }

    /// <summary>The agent is expected to close; else a last command tells that it has not.</summary>
    public RpcTalk Ends()
    {
        _ends = true;
        return this;
    }

    public string With(Agent agent)
    {
        using TcpClient client = new();
        client.Connect(agent.Address, Agent.RpcPort);
        client.ReceiveTimeout = 10_000;
        NetworkStream network = client.GetStream();
        using MemoryStream all = new();
        all.Write(_bytes.ToArray());
        if (!_ends)
        {
            Msgpack.Write(all, new Dictionary<string, object?> { ["Command"] = "stop", ["Seq"] = LastSeq });
            Msgpack.Write(all, new Dictionary<string, object?> { ["Stop"] = LastSeq });
        }

        network.Write(all.ToArray());
        return Listen(new BufferedStream(network));
    }

    private string Listen(Stream stream)
    {
        List<Unit> units = [];
        string end = "open";
        bool isLast = false;
        while (!isLast || units.Count(unit => unit.IsRecord) < _recordCount)
        {
            object? value;
            try
            {
                value = Msgpack.Read(stream);
            }
            catch (EndOfStreamException)
            {
                end = "closed";
                break;
            }
            catch (IOException fault) when (fault.InnerException is SocketException socket)
            {
                end = socket.SocketErrorCode == SocketError.ConnectionReset ? "closed" : "silent";
                break;
            }

            if (value is Dictionary<string, object?> { Count: 2 } header && header.ContainsKey("Error"))
            {
                ulong seq = Convert.ToUInt64(header["Seq"], CultureInfo.InvariantCulture);
                isLast |= seq == LastSeq;
                if (seq != LastSeq)
                {
                    units.Add(new Unit(seq, $"{seq} '{header["Error"]}'", IsRecord: false));
                }
            }
            else
            {
                bool isRecord = units.SkipLast(1).Any(unit => unit.Seq == units[^1].Seq);
                units[^1] = new Unit(units[^1].Seq, units[^1].Text + " " + Show("", value), isRecord);
            }
        }

        IEnumerable<string> lines = units
            .Where(unit => !unit.Text.Contains("{Log:", StringComparison.Ordinal))
            .OrderBy(unit => unit.Seq)
            .Select(unit => unit.Text);
        return string.Join('\n', lines.Append(end));
    }

    private static string Show(string key, object? value) => value switch
    {
        null => "nil",
        _ when key is "Addr" or "LTime" => "*",
        double => "*",
        byte[] bytes => "<" + Convert.ToHexString(bytes) + ">",
        List<object?> list => "[" + string.Join(",", list.Select(item => Show("", item)).Order(StringComparer.Ordinal)) + "]",
        Dictionary<string, object?> map => "{" + string.Join(",", map
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => entry.Key + ":" + (IsOfTheMoment(entry.Key) ? "*" : Show(entry.Key, entry.Value)))) + "}",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // Of statistics: what depends on the process and on what was done before.
    private static bool IsOfTheMoment(string key) => key is "goroutines" or "version" or "max_procs" or "cpu_count"
        or "member_time" or "event_time" or "query_time" or "intent_queue" or "event_queue" or "query_queue"
        or "health_score" or "coordinate_resets";

    /// <param name="Seq">Its number.</param>
    /// <param name="Text">Header and body.</param>
    /// <param name="IsRecord">Whether it is whole, and an answer of the number came before.</param>
    private sealed record Unit(ulong Seq, string Text, bool IsRecord);
}
