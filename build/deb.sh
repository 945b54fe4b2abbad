#!/bin/sh
# deb.sh BINARY FOLDER: builds the Debian package of the program into FOLDER, from what lies in dist/. The version is
# that of Directory.Build.props, with the revision of the head of dist/debian/changelog.
set -eu

serf=$1
out=$2
name=serf-native
cd "$(dirname "$0")/.."

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
full=$(sed -n "1s/^$name (\([^)]*\)) .*/\1/p" dist/debian/changelog)
if [ -z "$version" ] || [ "${full%-*}" != "$version" ]; then
    echo "Directory.Build.props has version '$version', dist/debian/changelog begins with '$full'" >&2
    exit 1
fi
case $(readelf -h "$serf" | sed -n 's/ *Machine: *//p') in
*X86-64*) architecture=amd64 ;;
*AArch64*) architecture=arm64 ;;
*)
    echo "$serf: unknown machine" >&2
    exit 1
    ;;
esac

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
doc=$tree/usr/share/doc/$name

# put MODE FILE PATH
put() {
    install -D -m "$1" "$2" "$tree/$3"
}

put 755 "$serf" usr/bin/serf
# Not in /usr/lib: the original's package has the file here, and dpkg compares names when it replaces that.
put 644 dist/serf.service lib/systemd/system/serf.service
put 644 dist/default etc/default/serf
put 644 dist/serf.json usr/share/doc/$name/examples/serf.json
put 644 dist/debian/copyright usr/share/doc/$name/copyright
put 644 dist/README.md usr/share/doc/$name/README.Debian
put 644 dist/debian/lintian-overrides usr/share/lintian/overrides/$name
put 644 docs/upgrade.md usr/share/doc/$name/upgrade.md
install -d -m 755 "$tree/etc/serf" "$tree/usr/share/man/man1"
gzip -9n <dist/debian/changelog >"$doc/changelog.Debian.gz"
sh build/man.sh "$serf" "$version" | gzip -9n >"$tree/usr/share/man/man1/serf.1.gz"

# completion SHELL PATH
completion() {
    install -d -m 755 "$(dirname "$tree/$2")"
    "$serf" completion "$1" >"$tree/$2"
}

if "$serf" completion bash >/dev/null 2>&1; then
    completion bash usr/share/bash-completion/completions/serf
    completion zsh usr/share/zsh/vendor-completions/_serf
    completion fish usr/share/fish/vendor_completions.d/serf.fish
fi
chmod -R u=rwX,go=rX "$tree/usr" "$tree/etc" "$tree/lib"

install -d -m 755 "$tree/DEBIAN"
size=$(du -sk --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
sed -e "s/@VERSION@/$full/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" \
    dist/debian/control >"$tree/DEBIAN/control"
install -m 644 dist/debian/conffiles "$tree/DEBIAN"
install -m 755 dist/debian/postinst dist/debian/prerm dist/debian/postrm "$tree/DEBIAN"
(cd "$tree" && find . -type f ! -path './DEBIAN/*' ! -path ./etc/default/serf -printf '%P\n' | sort |
    xargs md5sum) >"$tree/DEBIAN/md5sums"
chmod 644 "$tree/DEBIAN/md5sums"

mkdir -p "$out"
file=$out/${name}_${full}_$architecture.deb
dpkg-deb --root-owner-group --build "$tree" "$file" >/dev/null
echo "$file: $(wc -c <"$file") bytes"
