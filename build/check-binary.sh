#!/bin/sh
# check-binary.sh FILE SIZE_MAX: the file is one static executable and not larger than SIZE_MAX bytes, and the
# cipher that is left of OpenSSL in it (openssl-unused.ld) works.
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

# opens KEY PACKET WORD: the packet, sealed with the key by the original, reads as a ping of the node WORD; with
# another byte at the end it does not open.
opens() {
    if ! echo "$2" | "$file" decode -key "$1" | grep -q "\"$3\""; then
        echo "$file does not open a sealed packet (key $1, processor ${OPENSSL_ia32cap:-as it is})" >&2
        exit 1
    fi

    if echo "${2%??}00" | "$file" decode -key "$1" | grep -q "\"$3\""; then
        echo "$file opens a sealed packet that was changed" >&2
        exit 1
    fi
}

# Bit 57, and 41 and 33 with it: without the processor's instructions for AES, and without those around them either.
for processor in '' '~0x200000000000000' '~0x200020200000000'; do
    export OPENSSL_ia32cap="$processor"
    [ -n "$processor" ] || unset OPENSSL_ia32cap
    opens xrEUwLsOzTvcLGHHQieSfQ== \
        01260a2bee3b90511b34aba2aa442ac1055f0d9af0fd030ad735b8fea460b2751dde2f65d49d73ed1c0d6439bc79334b38a965eb35ff wfie5f
    opens CL5irvTPiI5XPAHON/yMh1zfmkokaikb \
        010123d047f13f2da720be5230576dfb63c6395f2753432e6169481873859e02810d755853549351c5db1c39af3d09a2b222485f g.5nfg
    opens K+0MiXW3d3AuiYlIfufw4yb39MOWxaOVzCmtHJXjGHA= \
        011538d49d14b5cd0a0731386f5ac06c3cda2a8a46dedf3c10e2f09f98c7df25a7162a5502349a988d8f09b79078e6e29c1ff56c461333d6 rnv6.l
done

echo "$file: static, $size bytes, opens sealed packets"
