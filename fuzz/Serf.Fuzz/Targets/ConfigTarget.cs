using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using Serf.Agent;
using Serf.Fuzz.Engine;
using Serf.Primitives;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A configuration file is taken or refused with words; what is taken is JSON to the runtime's reader too, and
/// what is printed of it says the same when it is read.
/// </summary>
internal sealed class ConfigTarget : FuzzTarget
{
    private static readonly string[] _files =
    [
        "null", "{}", " {\"node_name\":\"a\\u00e9\\n\",\"tags\":{\"role\":\"web\"},\"protocol\":5} x",
        "{\"start_join\":[\"a\",null],\"replay_on_join\":true,\"reconnect_timeout\":\"1h2m\"}",
        "{\"event_handlers\":[\"a=b\"],\"enable_compression\":false,\"RPC_Addr\":\"127.0.0.1:1\"}",
        "{\"broadcast_timeout\":\"5s\",\"unknown\":[1.5e-3,{\"a\":[]}]}", "{\"protocol\":1e2,\"bind\":7}",
        "{\"encrypt_verify_incoming\":false,\"encrypt_key\":\"x\",\"label\":\"\\u2028<\\ud800\"}",
    ];

    public override long AllocationPerByte => 8 * 1024;

    public override long AllocationBase => 512 * 1024;

    public override IEnumerable<byte[]> Seeds() => _files.Select(Encoding.UTF8.GetBytes);

    public override void Run(ReadOnlySpan<byte> input)
    {
        string? error = JsonScanner.Scan(input, out int end);
        if (error is null && System.Text.Unicode.Utf8.IsValid(input))
        {
            Utf8JsonReader reader = new(input[..end], new JsonReaderOptions { MaxDepth = Limits.ConfigDepthMax + 1 });
            while (reader.Read())
            {
            }
        }

        AgentConfig config;
        try
        {
            config = ConfigFile.Decode(input);
            FuzzException.Check(error is null, "what is not JSON is taken");
        }
        catch (SerfException exception)
        {
            FuzzException.Check(exception.Message.Length > 0, "refused without a reason");
            FuzzException.Check(error is null || exception.Message == error, "refused with other words");
            return;
        }

        string printed = ConfigKey.Print(config);
        try
        {
            string again = ConfigKey.Print(ConfigFile.Decode(Encoding.UTF8.GetBytes(printed)));
            FuzzException.Check(again == printed, "something else is printed once it was read again");
        }
        catch (SerfException exception)
        {
            throw new FuzzException("what is printed is refused: " + exception.Message);
        }
    }
}
