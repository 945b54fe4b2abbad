using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serf.Wire;

/// <summary>
/// CRC-32 as in zlib: reflected polynomial edb88320, initial value and final inversion
/// ffffffff (spec gossip 2.3).
/// </summary>
public static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int FoldSizeMin = 64;

    private static readonly uint[] _tables = BuildTables();

    public static uint Compute(ReadOnlySpan<byte> bytes) =>
        Pclmulqdq.IsSupported && bytes.Length >= FoldSizeMin ? ComputeFolded(bytes) : ComputeSliced(bytes);

    /// <summary>Eight bytes at a time by tables; works everywhere.</summary>
    internal static uint ComputeSliced(ReadOnlySpan<byte> bytes) => ~UpdateSliced(uint.MaxValue, bytes);

    /// <summary>
    /// Carry-less multiplication, four lanes of 16 bytes. For at least 64 bytes, on a processor that has it.
    /// </summary>
    internal static uint ComputeFolded(ReadOnlySpan<byte> bytes)
    {
        // Powers of x modulo the polynomial, reflected. Gopal et al., "Fast CRC Computation for Generic
        // Polynomials Using PCLMULQDQ Instruction", Intel 2009.
        Vector128<ulong> fold512 = Vector128.Create(0x154442bd4UL, 0x1c6e41596UL);
        Vector128<ulong> fold128 = Vector128.Create(0x1751997d0UL, 0x0ccaa009eUL);

        ReadOnlySpan<Vector128<ulong>> blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        Vector128<ulong> lane0 = blocks[0] ^ Vector128.CreateScalar((ulong)uint.MaxValue);
        Vector128<ulong> lane1 = blocks[1];
        Vector128<ulong> lane2 = blocks[2];
        Vector128<ulong> lane3 = blocks[3];
        int index = 4;
        for (; blocks.Length - index >= 4; index += 4)
        {
            lane0 = Fold(lane0, fold512) ^ blocks[index];
            lane1 = Fold(lane1, fold512) ^ blocks[index + 1];
            lane2 = Fold(lane2, fold512) ^ blocks[index + 2];
            lane3 = Fold(lane3, fold512) ^ blocks[index + 3];
        }

        lane0 = Fold(lane0, fold128) ^ lane1;
        lane0 = Fold(lane0, fold128) ^ lane2;
        lane0 = Fold(lane0, fold128) ^ lane3;
        for (; index < blocks.Length; index++)
        {
            lane0 = Fold(lane0, fold128) ^ blocks[index];
        }

        return ~UpdateSliced(Reduce(lane0, fold128), bytes[(blocks.Length * 16)..]);
    }

    private static Vector128<ulong> Fold(Vector128<ulong> lane, Vector128<ulong> constants) =>
        Pclmulqdq.CarrylessMultiply(lane, constants, 0x00)
        ^ Pclmulqdq.CarrylessMultiply(lane, constants, 0x11);

    // 128 bits to 64, to 32, and the rest by Barrett's method.
    private static uint Reduce(Vector128<ulong> lane, Vector128<ulong> fold128)
    {
        Vector128<ulong> fold64 = Vector128.CreateScalar(0x163cd6124UL);
        Vector128<ulong> barrett = Vector128.Create(0x1db710641UL, 0x1f7011641UL);
        Vector128<ulong> low32 = Vector128.Create((ulong)uint.MaxValue);

        lane = Sse2.ShiftRightLogical128BitLane(lane, 8) ^ Pclmulqdq.CarrylessMultiply(lane, fold128, 0x10);
        lane = Sse2.ShiftRightLogical128BitLane(lane, 4)
            ^ Pclmulqdq.CarrylessMultiply(lane & low32, fold64, 0x00);
        Vector128<ulong> quotient = Pclmulqdq.CarrylessMultiply(lane & low32, barrett, 0x10) & low32;
        lane ^= Pclmulqdq.CarrylessMultiply(quotient, barrett, 0x00);
        return lane.AsUInt32().GetElement(1);
    }

    private static uint UpdateSliced(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> tables = _tables;
        while (bytes.Length >= 8)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = tables[(7 * 256) + (byte)word]
                ^ tables[(6 * 256) + (byte)(word >> 8)]
                ^ tables[(5 * 256) + (byte)(word >> 16)]
                ^ tables[(4 * 256) + (byte)(word >> 24)]
                ^ tables[(3 * 256) + (byte)(word >> 32)]
                ^ tables[(2 * 256) + (byte)(word >> 40)]
                ^ tables[256 + (byte)(word >> 48)]
                ^ tables[(byte)(word >> 56)];
            bytes = bytes[8..];
        }

        foreach (byte value in bytes)
        {
            crc = (crc >> 8) ^ tables[(byte)(crc ^ value)];
        }

        return crc;
    }

    // Table k gives what a byte does to the checksum k bytes later.
    private static uint[] BuildTables()
    {
        uint[] tables = new uint[8 * 256];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            }

            tables[value] = crc;
        }

        for (int index = 256; index < tables.Length; index++)
        {
            uint crc = tables[index - 256];
            tables[index] = (crc >> 8) ^ tables[(byte)crc];
        }

        return tables;
    }
}
