using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.InteropServices;
using Serf.Primitives;

namespace Serf.Posix;

/// <summary>One address of one network interface, in system order.</summary>
/// <param name="Name">Of the interface.</param>
/// <param name="Address">With port 0.</param>
/// <param name="PrefixLength">Bits of the network.</param>
/// <param name="IsUp">Whether the interface is switched on.</param>
internal readonly record struct InterfaceAddress(
    string Name, NodeAddress Address, int PrefixLength, bool IsUp);

// getifaddrs rather than the runtime's own list: that one reads /proc and /sys, which an empty root lacks.
internal static unsafe partial class Libc
{
    private const int FamilyInet = 2;
    private const int FamilyInet6 = 10;
    private const uint FlagUp = 1;

    /// <summary>All IP addresses of all interfaces, and the names of interfaces without
    /// any, as addresses of none.</summary>
    /// <returns>0, or the error number.</returns>
    public static int ListInterfaces(List<InterfaceAddress> found)
    {
        if (GetInterfaceAddresses(out InterfaceRecord* first) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        for (InterfaceRecord* record = first; record != null; record = record->Next)
        {
            string name = Marshal.PtrToStringUTF8((nint)record->Name) ?? "";
            NodeAddress address = ReadAddress(record->Address, out _);
            ReadAddress(record->Mask, out int prefixLength);
            found.Add(new(name, address, address.IsNone ? 0 : prefixLength, (record->Flags & FlagUp) != 0));
        }

        FreeInterfaceAddresses(first);
        return 0;
    }

    private static NodeAddress ReadAddress(byte* socketAddress, out int bitCount)
    {
        bitCount = 0;
        if (socketAddress == null)
        {
            return default;
        }

        ReadOnlySpan<byte> ip = *(ushort*)socketAddress switch
        {
            FamilyInet => new(socketAddress + 4, 4),
            FamilyInet6 => new(socketAddress + 8, 16),
            _ => default,
        };
        foreach (byte part in ip)
        {
            bitCount += BitOperations.PopCount(part);
        }

        return NodeAddress.TryFromBytes(ip, 0, out NodeAddress address) ? address : default;
    }

    [LibraryImport("libc", EntryPoint = "getifaddrs", SetLastError = true)]
    private static partial int GetInterfaceAddresses(out InterfaceRecord* first);

    [LibraryImport("libc", EntryPoint = "freeifaddrs")]
    private static partial void FreeInterfaceAddresses(InterfaceRecord* first);

    // struct ifaddrs of <ifaddrs.h>; the last two members are not needed.
    [StructLayout(LayoutKind.Sequential)]
    private struct InterfaceRecord
    {
        public InterfaceRecord* Next;
        public byte* Name;
        public uint Flags;
        public byte* Address;
        public byte* Mask;
    }
}
