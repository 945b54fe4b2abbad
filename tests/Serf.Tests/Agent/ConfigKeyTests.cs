using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using Serf.Agent;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class ConfigKeyTests
{
    [Fact]
    public void Every_key_is_printed_once_and_in_the_order_of_the_table()
    {
        using JsonDocument printed = JsonDocument.Parse(ConfigKey.Print(AgentConfig.Defaults()));

        Assert.Equal(
            ConfigKey.Table.Select(key => key.Name),
            printed.RootElement.EnumerateObject().Select(member => member.Name));
    }

    // What no two settings share comes back only if every key is written from the setting that it is read into.
    [Fact]
    public void What_is_printed_is_a_configuration_file_and_says_the_same_again()
    {
        StringBuilder file = new("{");
        int number = 1;
        using JsonDocument defaults = JsonDocument.Parse(ConfigKey.Print(AgentConfig.Defaults()));
        foreach (JsonProperty member in defaults.RootElement.EnumerateObject())
        {
            file.Append(file.Length == 1 ? "" : ",").Append($"\"{member.Name}\":").Append(Other(member.Value, number));
            number++;
        }

        AgentConfig config = ConfigFile.Decode(Encoding.UTF8.GetBytes(file.Append('}').ToString()));
        string printed = ConfigKey.Print(config);
        string again = ConfigKey.Print(ConfigFile.Decode(Encoding.UTF8.GetBytes(printed)));

        Assert.Equal(printed, again);
        using JsonDocument expected = JsonDocument.Parse(file.ToString());
        using JsonDocument actual = JsonDocument.Parse(printed);
        foreach (JsonProperty member in actual.RootElement.EnumerateObject())
        {
            string wanted = member.Name switch
            {
                "encrypt_key" or "rpc_auth" => "\"***\"",
                "MsgpackUseNewTimeFormat" => "false",
                _ => expected.RootElement.GetProperty(member.Name).GetRawText(),
            };
            Assert.Equal((member.Name, wanted), (member.Name, Packed(member.Value)));
        }
    }

    [Fact]
    public void A_secret_that_is_not_set_is_shown_as_empty()
    {
        string printed = ConfigKey.Print(AgentConfig.Defaults());

        Assert.Contains("\"encrypt_key\": \"\"", printed, StringComparison.Ordinal);
        Assert.Contains("\"rpc_auth\": \"\"", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_reload_does_not_take_over_is_named_secrets_too_and_nothing_else_is()
    {
        AgentConfig running = AgentConfig.Defaults();
        running.EncryptKey = "one";
        running.RpcAuth = "same";
        AgentConfig loaded = AgentConfig.Defaults();
        loaded.EncryptKey = "two";
        loaded.RpcAuth = "same";
        loaded.Bind = "127.0.0.1";
        loaded.StartJoin.Add("127.0.0.2");
        loaded.MdnsInterface = "lo";
        loaded.LogLevel = "DEBUG";
        loaded.Tags["a"] = "b";
        loaded.Role = "web";
        loaded.EventHandlers.Add("x");
        loaded.HandlerTimeout = TimeSpan.FromSeconds(1);
        loaded.HandlerConcurrency = 1;
        loaded.LeaveOnTerminate = true;
        loaded.LeaveTimeout = TimeSpan.FromSeconds(1);
        loaded.SkipLeaveOnInterrupt = true;

        Assert.Equal(["bind", "encrypt_key", "start_join", "mdns"], ConfigKey.NeedingRestart(running, loaded));
        Assert.Empty(ConfigKey.NeedingRestart(running, running));
    }

    // A value that is not the default, nor that of another key.
    private static string Other(JsonElement value, int number) => value.ValueKind switch
    {
        JsonValueKind.True => "false",
        JsonValueKind.False => "true",
        JsonValueKind.Number => $"{number + 100}",
        JsonValueKind.Array => $"[\"a{number}\",\"b\"]",
        JsonValueKind.Object when value.EnumerateObject().Any() =>
            "{" + string.Join(',', value.EnumerateObject().Select(
                (member, place) => $"\"{member.Name}\":" + Other(member.Value, number + (1000 * place)))) + "}",
        JsonValueKind.Object => $"{{\"k{number}\":\"v\"}}",
        _ when value.GetString()!.EndsWith('s') => $"\"{number % 60}.5s\"",
        _ => $"\"text{number}\"",
    };

    private static string Packed(JsonElement value) => JsonSerializer.Serialize(value);
}
