using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Serf.Agent;
using Serf.Cluster;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class SnapshotFileTests : IDisposable
{
    private const string Old = "alive: old 10.0.0.1:1\nclock: 1\n";
    private const string New = "alive: new 10.0.0.2:2\nclock: 2\nevent-clock: 0\nquery-clock: 0\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("serf-snapshot-").FullName;

    private string Target => Path.Combine(_folder, "s.snap");

    public static TheoryData<int> Steps() => [.. Enum.GetValues<SnapshotStep>().Select(step => (int)step)];

    public void Dispose()
    {
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_crash_at_any_step_of_a_compaction_leaves_the_old_file_or_the_new_one(int step)
    {
        File.WriteAllText(Target, Old);
        SnapshotDisk disk = SnapshotDisk.Open(
            Target, done => _ = (int)done == step ? throw new InvalidOperationException("crash") : 0);

        Assert.Throws<InvalidOperationException>(() => disk.Replace(Encoding.UTF8.GetBytes(New)));

        string left = File.ReadAllText(Target);
        Assert.Equal(step < (int)SnapshotStep.Moved ? Old : New, left);

        // The next life is not troubled by what lies around.
        using SnapshotDisk next = SnapshotDisk.Open(Target);
        Assert.Single(next.Read(new SnapshotReader(false, new Lines())).KnownPeers());
        Assert.Null(next.Replace(Encoding.UTF8.GetBytes(New)));
        Assert.Equal(New, File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFiles(_folder));
        disk.Dispose();
    }

    [Fact]
    public void A_new_file_is_readable_by_all_and_a_compacted_one_keeps_its_mode()
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        using SnapshotDisk disk = SnapshotDisk.Open(Target);
        Assert.Equal(mode | UnixFileMode.OtherRead, File.GetUnixFileMode(Target) | UnixFileMode.OtherRead);
        disk.Dispose();
        File.SetUnixFileMode(Target, mode | UnixFileMode.GroupWrite);

        using SnapshotDisk again = SnapshotDisk.Open(Target);
        Assert.Null(again.Replace(Encoding.UTF8.GetBytes(New)));

        Assert.Equal(mode | UnixFileMode.GroupWrite, File.GetUnixFileMode(Target));
    }

    [Fact]
    public void A_link_stays_a_link()
    {
        string real = Path.Combine(_folder, "real");
        File.CreateSymbolicLink(Target, real);
        using SnapshotDisk disk = SnapshotDisk.Open(Target);
        Assert.Null(disk.Append("clock: 1\n"u8));
        Assert.Null(disk.Replace(Encoding.UTF8.GetBytes(New)));

        Assert.Equal(real, File.ResolveLinkTarget(Target, returnFinalTarget: true)!.FullName);
        Assert.Equal(New, File.ReadAllText(real));
    }

    [Fact]
    public void What_cannot_be_opened_is_refused_in_the_words_of_the_original()
    {
        string nowhere = Path.Combine(_folder, "nowhere", "s");
        Assert.Equal(
            $"open {nowhere}: no such file or directory",
            Assert.Throws<SerfException>(() => SnapshotDisk.Open(nowhere)).Message);
        Assert.Equal(
            $"open {_folder}: is a directory",
            Assert.Throws<SerfException>(() => SnapshotDisk.Open(_folder)).Message);
    }

    [Fact]
    public void A_device_without_end_is_not_read_and_a_full_one_is_reported()
    {
        using SnapshotDisk disk = SnapshotDisk.Open("/dev/full");
        Assert.Empty(disk.Read(new SnapshotReader(false, new Lines())).KnownPeers());

        Assert.Equal("write /dev/full: no space left on device", disk.Append("clock: 1\n"u8));
        Assert.Equal("write /dev/full: no space left on device", disk.Replace("clock: 1\n"u8));
        Assert.True(disk.IsInPlace());
        Assert.True(File.Exists("/dev/full"));

        using SnapshotDisk nowhere = SnapshotDisk.Open("/dev/null");
        Assert.Null(nowhere.Append("clock: 1\n"u8));
        Assert.True(nowhere.IsInPlace());
    }

    [Fact]
    public void A_file_that_is_removed_or_replaced_is_noticed()
    {
        using SnapshotDisk disk = SnapshotDisk.Open(Target);
        Assert.True(disk.IsInPlace());
        File.Delete(Target);
        Assert.False(disk.IsInPlace());
        File.WriteAllText(Target, "other");
        Assert.False(disk.IsInPlace());
        Assert.Null(disk.Replace(Encoding.UTF8.GetBytes(New)));
        Assert.True(disk.IsInPlace());
        Assert.Equal(New, File.ReadAllText(Target));
    }

    [Fact]
    public void A_file_that_others_cut_is_noticed_also_when_more_was_added_since()
    {
        File.WriteAllText(Target, Old);
        using SnapshotDisk disk = SnapshotDisk.Open(Target);
        Assert.Null(disk.Append("clock: 2\n"u8));
        Assert.True(disk.IsInPlace());
        File.WriteAllText(Target, Old);
        Assert.False(disk.IsInPlace());

        Assert.Null(disk.Append("clock: 3\nclock: 4\n"u8));
        Assert.False(disk.IsInPlace());

        Assert.Null(disk.Replace(Encoding.UTF8.GetBytes(New)));
        Assert.True(disk.IsInPlace());
        Assert.Null(disk.Append("clock: 5\n"u8));
        Assert.True(disk.IsInPlace());
    }

    [Fact]
    public void A_path_keeps_the_bytes_that_it_came_with()
    {
        // A name in Latin-1, which the runtime has no text for.
        byte[] name = [.. Encoding.UTF8.GetBytes(_folder), (byte)'/', (byte)'k', 0xE4, (byte)'s'];
        using SnapshotDisk disk = SnapshotDisk.Open(ByteText.FromBytes(name));
        Assert.Null(disk.Append("clock: 1\n"u8));
        Assert.Null(disk.Replace(Encoding.UTF8.GetBytes(New)));

        using Process found = Process.Start(
            new ProcessStartInfo("sh", ["-c", "cat k$(printf '\\344')s; ls | wc -l; rm k*"])
            {
                WorkingDirectory = _folder, RedirectStandardOutput = true,
            })!;
        Assert.Equal(New + "1\n", found.StandardOutput.ReadToEnd());
        found.WaitForExit();
    }

    [Fact]
    public void A_path_with_a_zero_byte_is_refused()
    {
        Assert.Equal(
            $"open {Target}\0x: invalid argument",
            Assert.Throws<SerfException>(() => SnapshotDisk.Open(Target + "\0x")).Message);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void What_cannot_be_created_beside_the_file_leaves_it_as_it_is()
    {
        // Something in the way that no one can remove by unlinking it.
        File.WriteAllText(Target, Old);
        Directory.CreateDirectory(Target + SnapshotDisk.FreshSuffix);
        using SnapshotDisk disk = SnapshotDisk.Open(Target);

        Assert.Equal($"open {Target}.compact: file exists", disk.Replace(Encoding.UTF8.GetBytes(New)));
        Assert.Null(disk.Append("clock: 9\n"u8));

        Assert.Equal(Old + "clock: 9\n", File.ReadAllText(Target));
    }

    [Fact]
    public void Lines_are_written_by_a_thread_of_its_own_and_all_of_them_at_the_end()
    {
        Reports reports = new();
        SnapshotFile file = new(SnapshotDisk.Open(Target));
        file.Start(reports);
        Assert.True(file.Append("clock: 1\n"u8));
        ByteBuffer content = new();
        content.Write(Encoding.UTF8.GetBytes(New));
        file.Replace(content);
        Assert.Equal(0, content.Length);
        Assert.True(file.Append("clock: 3\n"u8));
        file.Sync();

        Assert.True(file.Close(Patience));
        Assert.Equal(New + "clock: 3\n", File.ReadAllText(Target));
        Assert.Equal(1, reports.Count);
    }

    [Fact]
    public void A_full_disk_loses_no_line_without_a_word_and_a_replacement_makes_up_for_it()
    {
        Reports reports = new();
        SnapshotFile file = new(SnapshotDisk.Open("/dev/full"));
        SnapshotLog log = new(file, NothingYet(), reports.Log);
        file.Start(reports);
        log.RecordUserEvent(1, new Instant(0));
        log.Advance(1, new Instant(0));
        reports.Take(Patience)(log, new Instant(0));
        Assert.Equal(1, log.MissedLineCount);

        log.RecordUserEvent(2, new Instant(1));
        log.Advance(1, new Instant(1));
        reports.Take(Patience)(log, new Instant(2));
        Assert.Equal(
            [
                "serf: Failed to update snapshot: write /dev/full: no space left on device",
                "serf: Failed to compact snapshot: write /dev/full: no space left on device",
            ],
            reports.Log.Written);
        Assert.True(file.Close(Patience));
    }

    [Fact]
    public void Too_many_waiting_lines_are_refused_until_all_is_written_anew()
    {
        // Not started: the disk takes nothing.
        using SnapshotFile file = new(SnapshotDisk.Open(Target), pendingSizeMax: 20);
        Assert.True(file.Append("clock: 10\n"u8));
        Assert.True(file.Append("clock: 11\n"u8));
        Assert.False(file.Append("clock: 12\n"u8));
        Assert.False(file.Append("\n"u8));

        ByteBuffer content = new();
        content.Write("clock: 12\n"u8);
        file.Replace(content);
        Assert.False(file.Append("clock: 13\n"u8));
    }

    [Fact]
    public void A_removed_file_is_reported_without_any_line_to_write()
    {
        Reports reports = new();
        SnapshotFile file = new(SnapshotDisk.Open(Target));
        SnapshotLog log = new(file, NothingYet(), reports.Log);
        file.Start(reports);
        File.Delete(Target);

        reports.Take(Patience)(log, new Instant(0));
        log.Advance(5, new Instant(0));
        reports.Take(Patience)(log, new Instant(0));

        Assert.Equal("clock: 4\nevent-clock: 0\nquery-clock: 0\n", File.ReadAllText(Target));
        Assert.True(file.Close(Patience));
    }

    [Fact]
    public void A_removed_file_is_reported_however_many_lines_come()
    {
        Reports reports = new();
        SnapshotFile file = new(SnapshotDisk.Open(Target));
        file.Start(reports);
        File.Delete(Target);

        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (reports.Count == 0 && Environment.TickCount64 < end)
        {
            Assert.True(file.Append("clock: 1\n"u8));
            Thread.Sleep(20);
        }

        Assert.Equal(1, reports.Count);
        Assert.True(file.Close(Patience));
    }

    private static SnapshotState NothingYet() => new SnapshotReader(false, new Lines()).Finish();

    private sealed class Reports : ISnapshotOwner
    {
        private readonly BlockingCollection<Action<SnapshotLog, Instant>> _reports = [];

        public Lines Log { get; } = new();

        public int Count => _reports.Count;

        public void Post(Action<SnapshotLog, Instant> report) => _reports.Add(report);

        public Action<SnapshotLog, Instant> Take(TimeSpan patience)
        {
            Assert.True(_reports.TryTake(out Action<SnapshotLog, Instant>? report, patience));
            return report;
        }
    }

    private sealed class Lines : ILog
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Written => _lines;

        public void Write(LogLevel level, string text) => _lines.Add(text);
    }
}
