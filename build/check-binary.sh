#!/bin/sh
# check-binary.sh FILE SIZE_MAX: the file is one static executable and not larger than SIZE_MAX bytes.
set -eu

file=$1
size_max=$2

if readelf -l "$file" | grep -q INTERP || readelf -d "$file" | grep -q NEEDED; then
    echo "$file is not static:" >&2
    readelf -d "$file" | grep NEEDED >&2 || readelf -l "$file" | grep interpreter >&2
    exit 1
fi

size=$(wc -c <"$file")
if [ "$size" -gt "$size_max" ]; then
    echo "$file has $size bytes, $size_max are allowed" >&2
    exit 1
fi

echo "$file: static, $size bytes"
