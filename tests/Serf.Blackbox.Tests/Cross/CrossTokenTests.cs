using System.Collections.Generic;
using System.IO;
using System.Linq;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>An agent that wants a token: cli.md 3 and 7.</summary>
public sealed class CrossTokenTests : CrossTest
{
    private static readonly string[][] _commands =
    [
        ["event", "x"], ["force-leave", "x"], ["info"], ["join", "127.0.0.1:1"], ["keys", "-list"],
        ["keys", "-install=AAAA"],
        ["keys", "-use=x"], ["keys", "-remove=x"], ["members"], ["members", "-format=json"], ["monitor"],
        ["query", "x"],
        ["query", "-format=json", "x"], ["reachability"], ["rtt", "alpha"], ["rtt", "alpha", "alpha"],
        ["tags", "-set", "a=b"], ["leave"],
    ];

    [PeerFact]
    public void A_token_is_asked_for_alike_in_all_four_corners()
    {
        Corner[] corners = Corners();
        StartEverywhere(corners, "alpha", corner =>
        {
            string file = Path.Combine(corner.Folder, "token.json");
            File.WriteAllText(file, """{"rpc_auth": "sesame"}""");
            return ["-profile=local", $"-config-file={file}"];
        });
        CrossCase[] script =
        [
            .. _commands.Select(words => new CrossCase(
                $"{string.Join(' ', words)} without a token", corner => corner.Run(words))),
            .. _commands.Select(words => new CrossCase(
                $"{string.Join(' ', words)} with a wrong token",
                corner => corner.Run([words[0], "-rpc-auth=simsalabim", .. words[1..]]))),
            CrossCase.Of("members", "-rpc-auth", "sesame"),
            CrossCase.Of("members", "-rpc-auth="),
            new("members with the token of the environment",
                corner => corner.RunWith(Token(corner, "sesame"), "members")),
            new("the flag wins",
                corner => corner.RunWith(Token(corner, "sesame"), "members", "-rpc-auth=wrong")),
            new("an empty flag wins too",
                corner => corner.RunWith(Token(corner, "sesame"), "members", "-rpc-auth=")),
            new("a wrong one in the environment",
                corner => corner.RunWith(Token(corner, "wrong"), "event", "x")),
            CrossCase.Of("leave", "-rpc-auth=sesame"),
        ];
        RunMatrix(corners, script, new DifferenceTable([]));
    }

    private static Dictionary<string, string> Token(Corner corner, string token) =>
        new() { ["SERF_RPC_ADDR"] = corner.First.Rpc, ["SERF_RPC_AUTH"] = token };
}
