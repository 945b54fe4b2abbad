using System;
using System.Buffers.Binary;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Serf.Blackbox.Harness;

/// <summary>
/// As much MessagePack as the control port speaks. Text reads as string, bytes as byte[], whole numbers as long (or
/// ulong above it), lists as List, maps as Dictionary.
/// </summary>
public static class Msgpack
{
    public static void Write(Stream stream, object? value)
    {
        switch (value)
        {
            case null:
                stream.WriteByte(0xC0);
                break;
            case bool flag:
                stream.WriteByte(flag ? (byte)0xC3 : (byte)0xC2);
                break;
            case int or long:
                WriteTyped(stream, 0xD3, unchecked((ulong)Convert.ToInt64(value)));
                break;
            case ulong number:
                WriteTyped(stream, 0xCF, number);
                break;
            case string text:
                byte[] utf8 = Encoding.UTF8.GetBytes(text);
                WriteSized(stream, 0xDB, utf8.Length);
                stream.Write(utf8);
                break;
            case byte[] bytes:
                WriteSized(stream, 0xC6, bytes.Length);
                stream.Write(bytes);
                break;
            case IDictionary map:
                WriteSized(stream, 0xDF, map.Count);
                foreach (DictionaryEntry entry in map)
                {
                    Write(stream, entry.Key);
                    Write(stream, entry.Value);
                }

                break;
            case IList list:
                WriteSized(stream, 0xDD, list.Count);
                foreach (object? item in list)
                {
                    Write(stream, item);
                }

                break;
            default:
                throw new ArgumentException($"No form for {value.GetType()}.");
        }
    }

    public static object? Read(Stream stream)
    {
        byte code = ReadBytes(stream, 1)[0];
        return code switch
        {
            <= 0x7F => (long)code,
            <= 0x8F => ReadMap(stream, code & 0x0F),
            <= 0x9F => ReadList(stream, code & 0x0F),
            <= 0xBF => ReadText(stream, code & 0x1F),
            0xC0 => null,
            0xC2 => false,
            0xC3 => true,
            0xC4 => ReadBytes(stream, ReadSize(stream, 1)),
            0xC5 => ReadBytes(stream, ReadSize(stream, 2)),
            0xC6 => ReadBytes(stream, ReadSize(stream, 4)),
            0xCA => (double)BinaryPrimitives.ReadSingleBigEndian(ReadBytes(stream, 4)),
            0xCB => BinaryPrimitives.ReadDoubleBigEndian(ReadBytes(stream, 8)),
            0xCC => (long)ReadNumber(stream, 1),
            0xCD => (long)ReadNumber(stream, 2),
            0xCE => (long)ReadNumber(stream, 4),
            0xCF when ReadNumber(stream, 8) is ulong number => number <= long.MaxValue ? (object)(long)number : number,
            0xD0 => (long)(sbyte)ReadNumber(stream, 1),
            0xD1 => (long)(short)ReadNumber(stream, 2),
            0xD2 => (long)(int)ReadNumber(stream, 4),
            0xD3 => (long)ReadNumber(stream, 8),
            0xD9 => ReadText(stream, ReadSize(stream, 1)),
            0xDA => ReadText(stream, ReadSize(stream, 2)),
            0xDB => ReadText(stream, ReadSize(stream, 4)),
            0xDC => ReadList(stream, ReadSize(stream, 2)),
            0xDD => ReadList(stream, ReadSize(stream, 4)),
            0xDE => ReadMap(stream, ReadSize(stream, 2)),
            0xDF => ReadMap(stream, ReadSize(stream, 4)),
            >= 0xE0 => (long)(sbyte)code,
            _ => throw new InvalidDataException($"The agent sent the type byte {code:x2}."),
        };
    }

    private static void WriteTyped(Stream stream, byte code, ulong number)
    {
        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = code;
        BinaryPrimitives.WriteUInt64BigEndian(bytes[1..], number);
        stream.Write(bytes);
    }

    private static void WriteSized(Stream stream, byte code, int size)
    {
        Span<byte> bytes = stackalloc byte[5];
        bytes[0] = code;
        BinaryPrimitives.WriteInt32BigEndian(bytes[1..], size);
        stream.Write(bytes);
    }

    private static ulong ReadNumber(Stream stream, int width)
    {
        ulong number = 0;
        foreach (byte part in ReadBytes(stream, width))
        {
            number = (number << 8) | part;
        }

        return number;
    }

    private static int ReadSize(Stream stream, int width) => checked((int)ReadNumber(stream, width));

    private static string ReadText(Stream stream, int size) => Encoding.UTF8.GetString(ReadBytes(stream, size));

    private static byte[] ReadBytes(Stream stream, int size)
    {
        byte[] bytes = new byte[size];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static List<object?> ReadList(Stream stream, int count)
    {
        List<object?> list = [];
        for (int index = 0; index < count; index++)
        {
            list.Add(Read(stream));
        }

        return list;
    }

    private static Dictionary<string, object?> ReadMap(Stream stream, int count)
    {
        Dictionary<string, object?> map = [];
        for (int index = 0; index < count; index++)
        {
            string key = (string)Read(stream)!;
            map[key] = Read(stream);
        }

        return map;
    }
}
