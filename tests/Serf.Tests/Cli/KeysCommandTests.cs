using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Serf.Cli;
using Serf.Cli.Commands;
using Serf.Primitives;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Cli;

/// <summary>The commands <c>keys</c> and <c>keygen</c>.</summary>
public sealed class KeysCommandTests : IDisposable
{
    private readonly CliServer _server = new();

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("43-keys", "2IJ56kYSWCRI1E9EFvVKnfsY41NRi5AguDGBO3OwwN4=")]
    [InlineData("44-keys")]
    [InlineData("45-keys")]
    [InlineData("46-keys", "2IJ56kYSWCRI1E9EFvVKnfsY41NRi5AguDGBO3OwwN4= zIAArkCXFv1oxSAFqUtqAw==")]
    [InlineData("47-keys", "", "removing the primary key is not allowed", "3/3 nodes reported failure")]
    [InlineData("48-keys")]
    [InlineData("49-keys", "", "requested key is not in the keyring", "3/3 nodes reported failure")]
    [InlineData("50-keys")]
    [InlineData("51-keys")]
    public void A_recorded_call_prints_the_same(
        string name, string keys = "", string? message = null, string? refusal = null)
    {
        JsonElement vector = VectorFile.Find("cli-transcripts.json", name);
        string[] arguments = [.. vector.GetProperty("input").GetProperty("arguments").EnumerateArray()
            .Select(argument => argument.GetString()!)];
        _server.KeyReport.NodeCount = 3;
        _server.Refusal = refusal;
        foreach (string key in keys.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            _server.KeyReport.Count(key, 3);
        }

        foreach (string node in message is null ? [] : new[] { "m3", "m1", "m2" })
        {
            _server.KeyReport.Messages[ByteString.FromText(node)] = ByteString.FromText(message!);
        }

        (int status, string output) = Run(new KeysCommand(), arguments[1..]);

        string help = vector.GetProperty("usageFollows").GetString() is null ? "" : new KeysCommand().Help + "\n";
        string expected = vector.GetProperty("stdout").GetString()! + help;
        Assert.Equal(Sorted(expected), Sorted(output));
        Assert.Equal(vector.GetProperty("exit").GetInt32(), status);
    }

    [Fact]
    public void A_failure_without_messages_of_nodes_has_an_empty_line_of_its_own()
    {
        _server.Refusal = "illegal base64 data at input byte 3";
        Assert.Equal(
            (1, "==> Installing key on all members...\n\n"
                + "Error installing key: illegal base64 data at input byte 3\n"),
            Run(new KeysCommand(), "-install", "x"));
    }

    [Fact]
    public void Messages_of_nodes_stand_in_columns_before_the_failure()
    {
        _server.Refusal = "2/2 nodes reported failure";
        _server.KeyReport.Messages[ByteString.FromText("long-name")] = ByteString.FromText("a");
        _server.KeyReport.Messages[ByteString.FromText("b")] = ByteString.FromText("c");
        Assert.Equal(
            (1, "==> Asking all members for installed keys...\n"
                + "failed:  b          c\nfailed:  long-name  a\n\n"
                + "Failed to gather member keys: 2/2 nodes reported failure\n"),
            Run(new KeysCommand(), "-list"));
    }

    [Fact]
    public void A_token_is_asked_for_before_anything_else()
    {
        _server.AuthKey = ByteString.FromText("secret");
        Assert.Equal(
            (1, "==> Removing key on all members...\n\nError removing key: Authentication required\n"),
            Run(new KeysCommand(), "-remove=a"));
    }

    [Fact]
    public void A_new_key_has_32_bytes_and_is_another_each_time()
    {
        HashSet<string> keys = [];
        for (int count = 0; count < 20; count++)
        {
            (int status, string output) = Run(new KeygenCommand(), "-whatever", "ignored");
            Assert.Equal((0, 45, '\n'), (status, output.Length, output[^1]));
            Assert.Equal(32, Convert.FromBase64String(output.TrimEnd('\n')).Length);
            keys.Add(output);
        }

        Assert.Equal(20, keys.Count);
    }

    private (int Status, string Output) Run(ICommand command, params string[] arguments)
    {
        StringWriter output = new();
        CliContext context = new()
        {
            Output = output,
            Error = new StringWriter(),
            Environment = name => name == "SERF_RPC_ADDR" ? _server.Address : null,
        };
        int status = command.Run(arguments, context);
        return (status, output.ToString());
    }

    // The original lists keys and nodes in no order; ours is fixed.
    private static string Sorted(string text) => string.Join('\n', text.Split('\n').Order(StringComparer.Ordinal));
}
