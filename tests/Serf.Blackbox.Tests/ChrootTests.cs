using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Serf.Blackbox.Harness;
using Serf.Tests.Net;
using Xunit;

namespace Serf.Blackbox;

/// <summary>The program alone in a root that holds nothing but it and a shell.</summary>
public sealed class ChrootTests : BlackboxTest
{
    [RootFact]
    public void The_program_needs_no_file_of_the_system()
    {
        string root = PathOf("root");
        CopyInto(root, Binaries.Ours, "serf");
        CopyShellInto(root);
        Agent friend = Start("friend");
        string address = NextAddress();
        SerfProcess agent = Keep(new SerfProcess("/usr/sbin/chroot",
        [
            root, "/serf", "agent", "-node=alone", $"-bind={address}:17946", $"-rpc-addr={address}:17373",
            $"-join={friend.Gossip}",
            "-event-handler=user=read line; echo \"$SERF_USER_EVENT $line\" >> /out",
        ]));
        agent.WaitForOutput("Join completed. Synced with 1 initial agents");
        friend.AwaitStatuses("alone=alive friend=alive");

        friend.Run("event", "-coalesce=false", "deploy", "v1");
        Eventually.True(
            "the handler ran",
            TimeSpan.FromSeconds(10),
            () => File.Exists(Path.Combine(root, "out")),
            agent.Describe);
        CliResult members = CliResult.Of(
            "/usr/sbin/chroot", root, "/serf", "members", "-format=json", $"-rpc-addr={address}:17373");
        CliResult join = CliResult.Of(
            "/usr/sbin/chroot", root, "/serf", "join", $"-rpc-addr={address}:17373", "nosuch.invalid");
        CliResult named = CliResult.Of(
            "/usr/sbin/chroot", root, "/serf", "join", $"-rpc-addr={address}:17373", "localhost:1");
        CliResult leave = CliResult.Of("/usr/sbin/chroot", root, "/serf", "leave", $"-rpc-addr={address}:17373");

        Assert.Equal("deploy v1\n", File.ReadAllText(Path.Combine(root, "out")));
        Assert.Equal(0, members.ExitCode);
        Assert.Equal(1, join.ExitCode);
        Assert.Contains("failed to resolve nosuch.invalid", join.Output, StringComparison.Ordinal);
        Assert.Contains("connection refused", named.Output, StringComparison.Ordinal);
        Assert.Equal((0, "Graceful leave complete\n"), (leave.ExitCode, leave.Output));
        Assert.Equal(0, agent.WaitForExit());
        friend.AwaitStatuses("alone=left friend=alive");
    }

    [RootFact]
    public void Names_are_found_by_the_name_server_over_TCP_in_the_file_of_hosts_and_without_either()
    {
        string root = PathOf("root");
        Agent friend = Start("friend");
        using TestNameServer server = new(question => TestReply.Of(question.Name == "friend.cluster.example."
            && question.Type == 255
                ? DnsBytes.Answer(question, friend.Address)
                : DnsBytes.Error(question, question.Type == 255 ? 3 : 4)));
        CopyInto(root, Binaries.Ours, "serf");
        Directory.CreateDirectory(Path.Combine(root, "etc"));
        File.Copy(server.Path, Path.Combine(root, "etc/resolv.conf"));
        File.WriteAllText(
            Path.Combine(root, "etc/hosts"), $"{friend.Address} plain\n{friend.Address} dotted.hosts.example\n");
        string address = NextAddress();
        string rpc = $"{address}:{Agent.RpcPort}";
        SerfProcess agent = Keep(new SerfProcess("/usr/sbin/chroot",
        [
            root, "/serf", "agent", "-node=alone", $"-bind={address}:{Agent.GossipPort}", $"-rpc-addr={rpc}",
            "-log-level=debug", "-join=friend.cluster.example",
        ]));
        agent.WaitForOutput("Join completed. Synced with 1 initial agents");
        friend.AwaitStatuses("alone=alive friend=alive");

        Assert.Equal(3, server.Questions.Count);
        foreach (string name in new[] { "plain", "dotted.hosts.example", $"localhost:{Agent.GossipPort}" })
        {
            // The port is open on the agent's own loopback address alone, so localhost refuses, as an address does.
            CliResult join = CliResult.Of("/usr/sbin/chroot", root, "/serf", "join", $"-rpc-addr={rpc}", name);
            string expected = name.StartsWith("localhost", StringComparison.Ordinal)
                ? $"dial tcp 127.0.0.1:{Agent.GossipPort}: connect: connection refused"
                : "Successfully joined cluster by contacting 1 nodes.";
            Assert.Contains(expected, join.Output, StringComparison.Ordinal);
        }

        Assert.Equal(6, server.Questions.Count);
        agent.WaitForOutput("no address of dotted.hosts.example over TCP, the system is asked: the name server ");
        Assert.Equal(0, CliResult.Of("/usr/sbin/chroot", root, "/serf", "leave", $"-rpc-addr={rpc}").ExitCode);
        Assert.Equal(0, agent.WaitForExit());
    }

    private static void CopyShellInto(string root)
    {
        string shell = File.Exists("/bin/dash") ? "/bin/dash" : "/bin/sh";
        CopyInto(root, shell, "bin/sh");
        IEnumerable<string> libraries = CliResult.Of("/usr/bin/ldd", shell).Output.Split('\n')
            .SelectMany(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(word => word.StartsWith('/'));
        foreach (string library in libraries)
        {
            CopyInto(root, library, library.TrimStart('/'));
        }
    }

    private static void CopyInto(string root, string file, string path)
    {
        string target = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        // The copy keeps the mode.
        File.Copy(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file, target);
    }
}
