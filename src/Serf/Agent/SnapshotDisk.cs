using System;
using System.IO;
using System.Runtime.InteropServices;
using Serf.Cluster;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// The file of a snapshot, by plain calls that may wait for the disk; see <see cref="SnapshotFile"/> for the
/// thread that does the waiting. Owned by one thread at a time.
/// </summary>
internal sealed class SnapshotDisk : IDisposable
{
    /// <summary>Beside the file, while it is written anew; as the original calls it.</summary>
    public const string FreshSuffix = ".compact";

    private const uint ModeOfNew = 0x1A4; // rw-r--r--
    private const int ReadSize = 64 * 1024;

    private readonly string _path;
    private readonly Action<SnapshotStep>? _watcher;
    private FileFacts _facts;
    private int _descriptor;
    private long _size;
    private bool _isTorn;
    private bool _isCut;

    private SnapshotDisk(string path, int descriptor, FileFacts facts, Action<SnapshotStep>? watcher)
    {
        _path = path;
        _descriptor = descriptor;
        _facts = facts;
        _size = facts.Size;
        _watcher = watcher;
    }

    /// <param name="path">Created when it is not there.</param>
    /// <param name="watcher">Told each step of a replacement, where a test lets the process die.</param>
    /// <exception cref="SerfException"><c>open PATH: permission denied</c></exception>
    public static SnapshotDisk Open(string path, Action<SnapshotStep>? watcher = null)
    {
        int descriptor = Libc.OpenFile(
            path, Libc.OpenReadWrite | Libc.OpenAppend | Libc.OpenCreate, ModeOfNew);
        int error = descriptor < 0 ? -descriptor : 0;
        FileFacts facts = default;
        if (error == 0 && !Libc.TryGetFacts(descriptor, out facts))
        {
            error = Marshal.GetLastPInvokeError();
            _ = Libc.CloseDescriptor(descriptor);
        }

        if (error != 0)
        {
            throw new SerfException($"open {path}: {ConfigFile.Reason(error)}");
        }

        // A link stays one: what it leads to is replaced.
        return new SnapshotDisk(Libc.TargetOf(path), descriptor, facts, watcher);
    }

    /// <summary>Whether <see cref="Open"/> would do, as it shows without creating anything.</summary>
    /// <returns>Null, or <c>open PATH: permission denied</c>.</returns>
    public static string? Probe(string path)
    {
        int descriptor = Libc.OpenFile(path, Libc.OpenReadWrite | Libc.OpenAppend);
        if (descriptor >= 0)
        {
            _ = Libc.CloseDescriptor(descriptor);
            return null;
        }

        int error = -descriptor;
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        error = error == Libc.ErrorNotFound ? Libc.FindWritable(folder) : error;
        return error == 0 ? null : $"open {path}: {ConfigFile.Reason(error)}";
    }

    /// <summary>Reads all of it. A device is only written to: it may have no end.</summary>
    /// <exception cref="SerfException"><c>read PATH: input/output error</c></exception>
    public unsafe SnapshotState Read(SnapshotReader reader)
    {
        byte[] buffer = new byte[ReadSize];
        while (_facts.IsRegular)
        {
            nint size;
            fixed (byte* bytes = buffer)
            {
                size = Libc.ReadDescriptor(_descriptor, bytes, buffer.Length);
            }

            if (size == 0)
            {
                break;
            }

            int error = size < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (error is not 0 and not Libc.ErrorInterrupted)
            {
                throw new SerfException($"read {_path}: {ConfigFile.Reason(error)}");
            }

            reader.Read(buffer.AsSpan(0, (int)Math.Max(size, 0)));
        }

        return reader.Finish();
    }

    /// <returns>Null, or why not; then nothing was added, or half a line that is ended later.</returns>
    public string? Append(ReadOnlySpan<byte> lines)
    {
        long before = _facts.IsRegular && Libc.TryGetFacts(_descriptor, out FileFacts now) ? now.Size : -1;
        _isCut |= before >= 0 && before < _size;
        int error = _isTorn ? Libc.WriteAll(_descriptor, "\n"u8, out _) : 0;
        _isTorn &= error != 0;
        long written = 0;
        error = error != 0 ? error : Libc.WriteAll(_descriptor, lines, out written);
        _size = Math.Max(before, 0);
        if (error == 0)
        {
            _size += written;
            return null;
        }

        // Taking the piece away needs no space. Where it stays, what is written next is not glued to it.
        _isTorn |= written > 0 && (before < 0 || Libc.CutFile(_descriptor, before) != 0);
        return $"write {_path}: {ConfigFile.Reason(error)}";
    }

    /// <returns>Null, or why not.</returns>
    public string? Sync()
    {
        int error = _facts.IsRegular ? Libc.SyncFile(_descriptor) : 0;
        return error == 0 ? null : $"sync {_path}: {ConfigFile.Reason(error)}";
    }

    /// <summary>Whether what is written to still goes by its name, and has lost nothing.</summary>
    public bool IsInPlace() =>
        !_facts.IsRegular || (IsNamed(out long size) && !_isCut && size >= _size);

    /// <summary>Puts a content in place of the old one, which stays until the new one is whole.</summary>
    /// <returns>Null, or why not; the old one is then still there.</returns>
    public string? Replace(ReadOnlySpan<byte> content)
    {
        if (!_facts.IsRegular)
        {
            return Append(content);
        }

        string fresh = _path + FreshSuffix;
        Libc.RemoveFile(fresh);
        int descriptor = Libc.OpenFile(
            fresh, Libc.OpenWriteOnly | Libc.OpenAppend | Libc.OpenCreate | Libc.OpenExclusive, ModeOfNew);
        if (descriptor < 0)
        {
            return IsForbidden(-descriptor) && IsNamed(out _)
                ? Overwrite(content)
                : $"open {fresh}: {ConfigFile.Reason(-descriptor)}";
        }

        _watcher?.Invoke(SnapshotStep.Created);
        string? fault = Fill(fresh, descriptor, content, out int error);
        if (fault is null)
        {
            Adopt(descriptor);
            _watcher?.Invoke(SnapshotStep.Moved);
            SyncFolder();
            _watcher?.Invoke(SnapshotStep.FolderSynced);
            return null;
        }

        _ = Libc.CloseDescriptor(descriptor);
        Libc.RemoveFile(fresh);

        // Mounted by itself, as containers do.
        return error == Libc.ErrorBusy ? Overwrite(content) : fault;
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            _ = Libc.CloseDescriptor(_descriptor);
            _descriptor = -1;
        }
    }

    private bool IsNamed(out long size)
    {
        bool isThere = Libc.TryGetFacts(_path, out FileFacts found);
        size = found.Size;
        return isThere && found.Device == _facts.Device && found.Inode == _facts.Inode;
    }

    private static bool IsForbidden(int error) =>
        error is Libc.ErrorAccess or Libc.ErrorNotPermitted or Libc.ErrorReadOnly;

    /// <returns>Null once the new file goes by the old one's name.</returns>
    private string? Fill(string fresh, int descriptor, ReadOnlySpan<byte> content, out int error)
    {
        // The file that is lost keeps what an administrator made of it.
        Libc.TakeOver(descriptor, _facts);
        error = Libc.WriteAll(descriptor, content, out _);
        if (error != 0)
        {
            return $"write {fresh}: {ConfigFile.Reason(error)}";
        }

        _watcher?.Invoke(SnapshotStep.Written);
        error = Libc.SyncFile(descriptor);
        if (error != 0)
        {
            return $"sync {fresh}: {ConfigFile.Reason(error)}";
        }

        _watcher?.Invoke(SnapshotStep.Synced);
        error = Libc.MoveFile(fresh, _path);
        return error == 0 ? null : $"rename {fresh}: {ConfigFile.Reason(error)}";
    }

    private void Adopt(int descriptor)
    {
        _ = Libc.CloseDescriptor(_descriptor);
        _descriptor = descriptor;
        _isTorn = false;
        _ = Libc.TryGetFacts(descriptor, out _facts);
        _size = _facts.Size;
        _isCut = false;
    }

    // A crash of the machine could else bring back the old name of the old file: harmless, and so is a folder
    // that cannot be synced.
    private void SyncFolder()
    {
        string folder = Path.GetDirectoryName(_path) is { Length: > 0 } parent ? parent : ".";
        int descriptor = Libc.OpenFile(folder, 0);
        if (descriptor >= 0)
        {
            _ = Libc.SyncFile(descriptor);
            _ = Libc.CloseDescriptor(descriptor);
        }
    }

    // The folder takes no second file. The new content goes over the start of the old one, whose rest is cut
    // off last: until then the end of the file still tells what came last.
    private string? Overwrite(ReadOnlySpan<byte> content)
    {
        int descriptor = Libc.OpenFile(_path, Libc.OpenWriteOnly);
        if (descriptor < 0)
        {
            return $"open {_path}: {ConfigFile.Reason(-descriptor)}";
        }

        int error = Libc.WriteAll(descriptor, content, out _);
        error = error != 0 ? error : Libc.CutFile(descriptor, content.Length);
        error = error != 0 ? error : Libc.SyncFile(descriptor);
        _ = Libc.CloseDescriptor(descriptor);
        if (error == 0)
        {
            _isTorn = false;
            _isCut = false;
            _size = content.Length;
        }

        return error == 0 ? null : $"write {_path}: {ConfigFile.Reason(error)}";
    }
}
