#!/bin/sh
# Makes sure that what a step needs is there: prerequisites.sh aot|test|peer|partition|deb
#
#   aot        the C compiler that links the program, with the static C library and OpenSSL's cipher, whose glue
#              code CMake builds
#   test       what the tests need beside the SDK
#   peer       the original serf, for the tests in mixed clusters
#   partition  what makes network namespaces, for the tests that cut a network
#   deb        what builds the Debian package
#
# Says nothing when all is there. Installs Debian packages where that is possible without a question
# (root, or sudo that asks for no password); otherwise names what is missing and exits with status 1.
set -eu

step=${1:-}
linker=${LINKER:-gcc}
peer=${SERF_PEER:-/usr/bin/serf}
packages=

need() {
    packages="$packages $1"
}

# has_library libssl.so: the file itself, or one with a version behind its name
has_library() {
    for folder in /lib /lib64 /usr/lib /usr/lib64 /usr/local/lib /lib/*-linux-gnu* /usr/lib/*-linux-gnu*; do
        for file in "$folder/$1" "$folder/$1".*; do
            if [ -e "$file" ]; then
                return 0
            fi
        done
    done
    return 1
}

links_static_files() {
    echo 'int main(void) { return 0; }' | "$linker" -x c -static -o "$1" - -lm -lpthread -ldl 2>/dev/null
}

check_sdk() {
    if ! command -v dotnet >/dev/null 2>&1 || ! dotnet --list-sdks 2>/dev/null | grep -q '^1[0-9]\.'; then
        echo "The .NET SDK 10 is missing: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
        echo "Put its folder on PATH, then run make again." >&2
        exit 1
    fi
}

# The SDK restores packages over TLS, and the tests use the system's AES-GCM.
check_tls() {
    if ! has_library libssl.so; then
        need libssl3
    fi
    if [ -z "${SSL_CERT_FILE:-}${SSL_CERT_DIR:-}" ] && [ ! -e /etc/ssl/certs/ca-certificates.crt ] &&
        [ ! -e /etc/pki/tls/certs/ca-bundle.crt ] && [ ! -e /etc/ssl/cert.pem ]; then
        need ca-certificates
    fi
}

check_linker() {
    if ! command -v "$linker" >/dev/null 2>&1; then
        if [ "$linker" = gcc ] || [ "$linker" = clang ]; then
            need "$linker"
            need libc6-dev
            return
        fi
        echo "The linker driver '$linker' (variable LINKER) is missing." >&2
        exit 1
    fi
    probe=$(mktemp)
    if ! links_static_files "$probe"; then
        need libc6-dev
    fi
    rm -f "$probe"
}

check_cipher() {
    if ! command -v cmake >/dev/null 2>&1; then
        need cmake
    fi
    if ! command -v make >/dev/null 2>&1; then
        need make
    fi
    if ! has_library libcrypto.a; then
        need libssl-dev
    fi
}

check_namespaces() {
    if ! command -v ip >/dev/null 2>&1 && [ ! -x /usr/sbin/ip ] && [ ! -x /sbin/ip ]; then
        need iproute2
    fi
    if ! command -v unshare >/dev/null 2>&1 || ! command -v nsenter >/dev/null 2>&1; then
        need util-linux
    fi
}

check_packaging() {
    for command in dpkg-deb:dpkg gzip:gzip readelf:binutils; do
        if ! command -v "${command%:*}" >/dev/null 2>&1; then
            need "${command#*:}"
        fi
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

can_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }
}

install() {
    echo "Installing$packages" >&2
    # Lists that cannot be refreshed may still do.
    as_root apt-get update -qq >&2 || :
    # Debian 13 and Ubuntu 24.04 renamed this one.
    case " $packages " in
    *" libssl3 "*)
        if ! apt-cache show libssl3 >/dev/null 2>&1; then
            packages=$(echo "$packages" | sed 's/libssl3/libssl3t64/')
        fi
        ;;
    esac
    # shellcheck disable=SC2086
    if [ "$step" = peer ]; then
        without_services apt_install $packages
        # The package means to run an agent on this machine from now on; the tests only want the program.
        as_root systemctl disable serf.service >/dev/null 2>&1 || :
    else
        apt_install $packages
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Debian's way to say that an installation must not start what it installs.
without_services() {
    policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then
        "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    result=0
    "$@" || result=$?
    as_root rm -f "$policy"
    return "$result"
}

check() {
    packages=
    case $step in
    aot)
        check_tls
        check_linker
        check_cipher
        ;;
    test)
        check_tls
        ;;
    peer)
        if [ ! -x "$peer" ]; then
            need serf
        fi
        ;;
    partition)
        check_namespaces
        ;;
    deb)
        check_packaging
        ;;
    *)
        echo "usage: prerequisites.sh aot|test|peer|partition|deb" >&2
        exit 2
        ;;
    esac
}

if [ "$step" = aot ] || [ "$step" = test ]; then
    check_sdk
fi
check
if [ -z "$packages" ]; then
    exit 0
fi
if ! can_install || ! install; then
    echo "Missing packages:$packages" >&2
    echo "On Debian or Ubuntu: sudo apt-get install$packages" >&2
    echo "Elsewhere: the packages that hold the same (a C compiler with the static C library, OpenSSL 3)." >&2
    exit 1
fi
check
if [ -n "$packages" ]; then
    echo "Still missing after the installation:$packages" >&2
    exit 1
fi
