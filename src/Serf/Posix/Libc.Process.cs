using System.Runtime.InteropServices;

namespace Serf.Posix;

/// <summary>An entry of <c>poll(2)</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    /// <summary>Ignored by the kernel when negative.</summary>
    public int Descriptor;
    public short Events;
    public short Returned;
}

// Processes, pipes and waiting for them.
internal static unsafe partial class Libc
{
    public const int ErrorInterrupted = 4;
    public const int ErrorTryAgain = 11;
    public const int ErrorInvalid = 22;
    public const int ErrorTooManyFiles = 24;

    public const int OpenReadWrite = 2;
    public const int OpenNonBlocking = 0x800;
    public const int OpenCloseOnExec = 0x80000;

    public const short PollIn = 1;
    public const short PollOut = 4;

    public const int WaitNoHang = 1;
    public const int WaitOwnChildren = 0x20000000;
    public const int WaitAnyProcess = -1;

    public const int DescriptorGetFlags = 1;
    public const int DescriptorSetStatusFlags = 4;
    public const int DescriptorDuplicateCloseOnExec = 1030;

    public const short SpawnSetGroup = 2;
    public const short SpawnSetSignalDefault = 4;
    public const short SpawnSetSignalMask = 8;

    private const int StandardDescriptorLast = 2;

    private const int GetSubreaper = 37;
    private const int WaitForProcess = 1;
    private const int WaitExited = 4;
    private const int WaitAndLeave = 0x1000000;

    // Where siginfo_t tells the process, in longs of 4 bytes.
    private const int SignalInfoSize = 32;
    private const int SignalInfoProcess = 4;

    // The same number on every architecture; older C libraries have no function for it.
    private const int PidfdOpenNumber = 434;

    /// <summary>
    /// A descriptor that polls as readable once the process has ended; negative where there is none.
    /// </summary>
    public static int PidfdOpen(int process) => (int)SystemCall(PidfdOpenNumber, process, 0);

    /// <summary>
    /// Opens what the parent has closed of standard input, output and error: the next socket would get its
    /// number, and the text for the terminal would be written into it. Before anything else is opened.
    /// </summary>
    public static void FillStandardDescriptors()
    {
        for (int descriptor = 0; descriptor <= StandardDescriptorLast; descriptor++)
        {
            if (DescriptorControl(descriptor, DescriptorGetFlags, 0) >= 0)
            {
                continue;
            }

            int filled;
            fixed (byte* path = "/dev/null\0"u8)
            {
                filled = OpenDescriptor(path, OpenReadWrite | OpenCloseOnExec);
            }

            // An empty root has no devices; this one takes no text and gives none either.
            _ = filled >= 0 ? filled : EventDescriptor(0, OpenCloseOnExec | OpenNonBlocking);
        }
    }

    /// <summary>Whether orphaned descendants become children of this process.</summary>
    public static bool IsSubreaper()
    {
        int isSet = 0;
        return ControlProcess(GetSubreaper, (nint)(&isSet)) == 0 && isSet != 0;
    }

    /// <summary>At once, whatever other threads do.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void EndProcess(int status);

    /// <summary>Whether a child has ended; it stays to be waited for.</summary>
    public static bool HasEnded(int process)
    {
        int* information = stackalloc int[SignalInfoSize];
        information[SignalInfoProcess] = 0;
        int result = WaitProcessAndLeave(
            WaitForProcess, process, information, WaitExited | WaitNoHang | WaitAndLeave);

        // Unknown to the kernel, it is certainly not running.
        return result != 0 || information[SignalInfoProcess] == process;
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ControlProcess(int option, nint argument);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitProcessAndLeave(int kind, int process, int* information, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int OpenDescriptor(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe2(int* descriptors, int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int DescriptorControl(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint ReadDescriptor(int descriptor, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint WriteDescriptor(int descriptor, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitProcess(int process, int* status, int options);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int PosixSpawn(
        int* process, byte* path, byte* fileActions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int SpawnAttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int SpawnAttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SpawnAttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SpawnAttributesSetSignalDefault(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SpawnAttributesSetSignalMask(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int SpawnFileActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int SpawnFileActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int SpawnFileActionsAddDuplicate(byte* actions, int from, int to);

    // The variable itself cannot be imported. The runtime's own library, which every
    // program carries, hands it out.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_GetEnviron")]
    public static partial byte** GetEnvironment();

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_FreeEnviron")]
    public static partial void FreeEnvironment(byte** environment);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second);
}
