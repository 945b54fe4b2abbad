using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// A network coordinate as it travels (spec serf 9): in the payload of an ack, and over RPC.
/// </summary>
public ref struct CoordinateMessage
{
    /// <summary>Seconds in each dimension; the default span is the wire's nil.</summary>
    public ReadOnlySpan<double> Vector;

    public double Error;
    public double Adjustment;
    public double Height;
}

/// <summary>
/// Fields of a network coordinate, without the version byte that stands before it in an ack.
/// </summary>
public static class CoordinateCodec
{
    /// <param name="vector">Takes the dimensions; a coordinate with more of them is too large.</param>
    public static ReadStatus TryRead(
        ReadOnlySpan<byte> body,
        Span<double> vector,
        out CoordinateMessage message)
    {
        message = default;
        FieldReader fields = new(new(body), "Vec Error Adjustment Height"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: ReadVector(ref fields, vector, out message.Vector); break;
                case 1: fields.Read(out message.Error); break;
                case 2: fields.Read(out message.Adjustment); break;
                default: fields.Read(out message.Height); break;
            }
        }

        return fields.Status;
    }

    public static int SizeOf(in CoordinateMessage message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Write(message, ref writer);
        return writer.Written;
    }

    /// <returns>Bytes written, equal to <see cref="SizeOf"/>.</returns>
    public static int Write(in CoordinateMessage message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Write(message, ref writer);
        return writer.Written;
    }

    public static void Write(in CoordinateMessage message, ref MsgpackWriter writer)
    {
        writer.WriteMapHeader(4);
        writer.WriteDouble("Adjustment"u8, message.Adjustment);
        writer.WriteDouble("Error"u8, message.Error);
        writer.WriteDouble("Height"u8, message.Height);
        writer.WriteText("Vec"u8);
        if (message.Vector.IsNil())
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(message.Vector.Length);
        foreach (double component in message.Vector)
        {
            writer.WriteDouble(component);
        }
    }

    private static void ReadVector(
        scoped ref FieldReader fields,
        Span<double> scratch,
        out ReadOnlySpan<double> vector)
    {
        vector = default;
        if (fields.Reader.TryReadNil())
        {
            return;
        }

        fields.Status = fields.Reader.TryReadArrayHeader(scratch.Length, out int count);
        for (int i = 0; i < count && fields.Status == ReadStatus.Ok; i++)
        {
            fields.Read(out scratch[i]);
        }

        vector = scratch[..count];
    }
}
