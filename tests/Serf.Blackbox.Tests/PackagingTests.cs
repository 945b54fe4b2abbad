using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>What lies in dist/.</summary>
public sealed class PackagingTests : BlackboxTest
{
    private static readonly string _repository = Binaries.RepositoryRoot();

    private static string Version => XDocument.Load(Path.Combine(_repository, "Directory.Build.props"))
        .Descendants("Version").Single().Value;

    [Fact]
    public void The_packages_have_the_version_that_the_program_prints()
    {
        string line = CliResult.Of(Binaries.Ours, "version").Output.Split('\n')[0];

        Assert.Equal($"{Version}-dev", line);
    }

    [Fact]
    public void The_example_configuration_starts_an_agent() => StartsWithExample(Binaries.Ours);

    [PeerFact]
    public void The_example_configuration_starts_an_original() => StartsWithExample(Binaries.Peer);

    [ToolFact("systemd-analyze")]
    public void The_unit_is_valid_and_leaves_the_service_little()
    {
        // It insists on the program being where the unit says; its root has nothing else.
        string root = PathOf("root");
        foreach (string path in new[] { "usr/bin/serf", "bin/kill" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
            File.Copy(Binaries.Ours, Path.Combine(root, path));
        }

        string folder = Directory.CreateDirectory(Path.Combine(root, "etc/systemd/system")).FullName;
        File.Copy(Path.Combine(_repository, "dist/serf.service"), Path.Combine(folder, "serf.service"));
        CliResult verified = CliResult.Of(
            "systemd-analyze", "verify", "--man=no", $"--root={root}", "--recursive-errors=no", "serf.service");
        CliResult security = CliResult.Of(
            "systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager",
            Path.Combine(_repository, "dist/serf.service"));

        Assert.Equal(string.Empty, verified.Error);
        Assert.Equal(0, verified.ExitCode);
        Assert.True(security.ExitCode == 0, security.Output);
    }

    [ToolFact("dpkg-deb")]
    public void The_Debian_package_holds_what_it_must_and_takes_the_place_of_the_original()
    {
        CliResult build = CliResult.Of("sh", Path.Combine(_repository, "build/deb.sh"), Binaries.Ours, Folder);
        Assert.True(build.ExitCode == 0, build.Output + build.Error);
        string package = Directory.GetFiles(Folder, "serf-native_*.deb").Single();
        string fields = CliResult.Of("dpkg-deb", "-f", package).Output;
        string[] files = [.. CliResult.Of("dpkg-deb", "-c", package).Output.Split('\n')
            .Where(line => line.Length > 0 && !line.EndsWith('/'))
            .Select(line => line[(line.IndexOf("./", StringComparison.Ordinal) + 1)..])];

        Assert.Contains($"\nVersion: {Version}-", fields, StringComparison.Ordinal);
        Assert.Contains("\nConflicts: serf\n", fields, StringComparison.Ordinal);
        Assert.Contains("\nReplaces: serf\n", fields, StringComparison.Ordinal);
        Assert.Contains("\nProvides: serf (= ", fields, StringComparison.Ordinal);
        Assert.Superset(
            new HashSet<string>
            {
                "/usr/bin/serf", "/lib/systemd/system/serf.service", "/etc/default/serf",
                "/usr/share/man/man1/serf.1.gz", "/usr/share/doc/serf-native/copyright",
                "/usr/share/doc/serf-native/changelog.Debian.gz",
            },
            files.ToHashSet());
    }

    [ProcessNamespaceFact]
    public void The_image_holds_the_program_alone_and_runs_it_as_the_first_process_without_rights()
    {
        ContainerImage image = new(
            Path.Combine(_repository, "dist/Dockerfile"),
            _repository,
            new Dictionary<string, string> { ["out/serf"] = Binaries.Ours },
            PathOf("root"));
        Agent friend = Start("friend");
        string address = NextAddress();
        string rpc = $"-rpc-addr={address}:{Agent.RpcPort}";
        string[] run = image.Run(
            "agent", "-node=contained", $"-bind={address}:{Agent.GossipPort}", rpc, $"-join={friend.Gossip}",
            "-snapshot=/data/snapshot");
        SerfProcess container = Keep(new SerfProcess(run[0], run[1..]));
        container.WaitForOutput("==> Log data will now stream in as it occurs:");
        friend.AwaitStatuses("contained=alive friend=alive");
        int id = ChildOf(container.Id);
        string[] status = File.ReadAllLines($"/proc/{id}/status");
        string[] members = image.Execute("/serf", "members", "-format=json", rpc);
        CliResult asked = CliResult.Of(members[0], members[1..]);

        Assert.Equal(["/data/README", "/data/snapshot", "/etc/group", "/etc/passwd", "/serf"], image.Files);
        Assert.Equal("65532:65532", image.User);
        Assert.Equal($"NSpid:\t{id}\t1", status.Single(line => line.StartsWith("NSpid:", StringComparison.Ordinal)));
        Assert.Equal(
            "Uid:\t65532\t65532\t65532\t65532",
            status.Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)));
        Assert.EndsWith(
            "0000000000000000",
            status.Single(line => line.StartsWith("CapEff:", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Equal(2, JsonNode.Parse(asked.Output)!["members"]!.AsArray().Count);
        Assert.Equal("SIGINT", image.StopSignal);
        Assert.Equal(0, CliResult.Of("kill", "-INT", $"{id}").ExitCode);
        Assert.Equal(0, container.WaitForExit());
        friend.AwaitStatuses("contained=left friend=alive");
    }

    private static int ChildOf(int id)
    {
        return int.Parse(File.ReadAllText($"/proc/{id}/task/{id}/children").Trim());
    }

    private void StartsWithExample(string binary)
    {
        JsonNode example = JsonNode.Parse(File.ReadAllText(Path.Combine(_repository, "dist/serf.json")))!;
        string address = NextAddress();

        // The same but for what belongs to another machine.
        example["bind"] = $"{address}:{Agent.GossipPort}";
        example["rpc_addr"] = $"{address}:{Agent.RpcPort}";
        example["snapshot_path"] = PathOf("snapshot");
        example["retry_join"] = new JsonArray($"{NextAddress()}:{Agent.GossipPort}");
        SerfProcess agent = Keep(new SerfProcess(
            binary, ["agent", $"-config-file={Write("serf.json", example.ToJsonString())}"]));
        agent.WaitForOutput("==> Log data will now stream in as it occurs:");
        CliResult members = CliResult.Of(
            binary, "members", $"-rpc-addr={address}:{Agent.RpcPort}", $"-rpc-auth={example["rpc_auth"]}", "-tag", "role=web");

        Assert.StartsWith($"{example["node_name"]}  ", members.Output, StringComparison.Ordinal);
        Assert.Contains("Encrypted: true", agent.Output, StringComparison.Ordinal);
        Assert.Contains("Snapshot: true", agent.Output, StringComparison.Ordinal);
    }
}
