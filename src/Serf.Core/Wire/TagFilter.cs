using System;

namespace Serf.Wire;

/// <summary>The body of a tag filter (spec serf 6.5).</summary>
public ref struct TagFilter
{
    public ReadOnlySpan<byte> Tag;
    public ReadOnlySpan<byte> Expression;

    /// <param name="body">What stands behind the kind byte.</param>
    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out TagFilter filter)
    {
        filter = default;
        FieldReader fields = new(new(body), "Tag Expr"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.ReadText(out filter.Tag); break;
                default: fields.ReadText(out filter.Expression); break;
            }
        }

        return fields.Status;
    }
}
