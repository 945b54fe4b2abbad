#!/bin/sh
# test-deb.sh PACKAGE: installs, runs, reloads, removes and purges the Debian package, once alone and once in the place
# of the original's. It does so in a Debian of its own with systemd as its first process, in namespaces of its own; the
# network inside leads nowhere. Needs root, debootstrap and a Debian mirror. ROOT= names a folder that holds such a
# Debian already, or is to hold one for the next time; it is copied.
set -eu

package=$(realpath "$1")
name=serf-native
folder=$(mktemp -d)
root=$folder/root
base=${ROOT:-$folder/base}
seconds_max=60
first=
boot=

finish() {
    status=$?
    trap - EXIT INT TERM
    [ -z "$first" ] || kill -KILL "$first" 2>/dev/null || :
    [ -z "$boot" ] || wait "$boot" 2>/dev/null || :
    rm -rf "$folder"
    exit "$status"
}
trap finish EXIT INT TERM

say() {
    printf '\n# %s\n' "$*"
}

fail() {
    echo "FAILED: $*" >&2
    inside 'systemctl status --no-pager serf; journalctl --no-pager -n 30 -u serf' >&2 || :
    exit 1
}

# inside COMMANDS: in the shell of the Debian, and true if the last one is.
inside() {
    nsenter -t "$first" -m -p -u -i -C -n --root --wd \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive sh -c "$1"
}

check() {
    inside "$2" >"$folder/out" 2>&1 || {
        cat "$folder/out" >&2
        fail "$1"
    }
    echo "ok: $1"
}

# await WHAT COMMANDS: until they succeed.
await() {
    tries=$((seconds_max * 5))
    until inside "$2" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "waited $seconds_max seconds: $1"
        sleep 0.2
    done
    echo "ok: $1"
}

make_base() {
    debootstrap --variant=minbase --include=adduser,init-system-helpers,systemd,systemd-sysv,dbus,procps \
        bookworm "$base" >&2
    chroot "$base" apt-get clean
    chroot "$base" apt-get install -y -qq --no-install-recommends --download-only serf >&2
}

# What a container manager mounts for a system, then the system.
start_system() {
    mkdir "$root"
    cp -a "$base/." "$root"
    cp "$package" "$root/root/new.deb"
    cat >"$folder/boot.sh" <<'BOOT'
set -eu
cd "$1"
mount --make-rprivate /
mount --bind . .
cd "$1"
ip link set lo up
ip link add eth0 type veth peer name eth1
ip address add 10.77.9.1/24 dev eth0
ip link set eth0 up
ip link set eth1 up
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
if grep -q '^1:name=systemd\|:name=systemd:' /proc/self/cgroup; then
    mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
    mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
    mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
else
    umount sys/fs/cgroup
    mount -t cgroup2 cgroup2 sys/fs/cgroup
fi
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . /lib/systemd/systemd
BOOT
    unshare --pid --fork --kill-child --mount --uts --ipc --cgroup --net sh "$folder/boot.sh" "$root" \
        >"$folder/boot.log" 2>&1 &
    boot=$!
    until first=$(cat "/proc/$boot/task/$boot/children" | tr -d ' ') && [ -n "$first" ]; do
        kill -0 "$boot" || fail "$(cat "$folder/boot.log")"
        sleep 0.1
    done
    await 'the system is up' 'systemctl is-system-running | grep -Eq "running|degraded"'
}

[ -d "$base/var/lib/dpkg" ] || make_base
start_system

say "Alone"
check 'it installs' 'dpkg -i /root/new.deb'
await 'the service says that it is ready' 'systemctl is-active serf'
check 'it is enabled' 'systemctl is-enabled serf'
check 'it answers' 'serf members | grep alive'
check 'it runs as its own user' '[ "$(ps -o user= -p "$(systemctl show -P MainPID serf)")" = serf ]'
check 'it has a manual page and a conffile' '[ -s /usr/share/man/man1/serf.1.gz ] || grep -q path-exclude /etc/dpkg/dpkg.cfg.d/*; dpkg-query -W -f="\${Conffiles}" serf-native | grep -q /etc/default/serf'
inside 'cat >/etc/serf/serf.json <<END
{ "node_name": "one", "snapshot_path": "/var/lib/serf/snapshot", "rejoin_after_leave": true,
  "event_handlers": ["user:touch=read -r name; touch \"/var/lib/serf/\$name\""] }
END
chmod 600 /etc/serf/serf.json'
check 'a configuration of root becomes readable when the package is configured' 'dpkg -i /root/new.deb'
await 'it runs with it' 'serf members | grep -q "^one .*alive"'
check 'a reload keeps the process' 'old=$(systemctl show -P MainPID serf); systemctl reload serf && sleep 1 && [ "$(systemctl show -P MainPID serf)" = "$old" ] && serf members'
check 'an event is sent' 'serf event -coalesce=false touch heard'
await 'a handler may write the state' '[ -e /var/lib/serf/heard ]'
check 'the agent cannot write elsewhere' '! nsenter -t "$(systemctl show -P MainPID serf)" -m -- su -s /bin/sh serf -c "touch /etc/serf/x /usr/x /root/x" 2>/dev/null'
inside 'mkdir -p /run/systemd/system/serf.service.d; printf "[Service]\nWatchdogSec=2\nRestartSec=1\n" >/run/systemd/system/serf.service.d/short.conf; systemctl daemon-reload; systemctl restart serf'
await 'it is up with a short watchdog' 'systemctl is-active serf && serf members'
inside 'systemctl show -P MainPID serf >/root/pid; kill -STOP "$(cat /root/pid)"'
await 'a hung agent is replaced' '[ "$(systemctl show -P MainPID serf)" != "$(cat /root/pid)" ] && systemctl is-active serf && serf members'
check 'a stop is a leave' 'systemctl stop serf && grep -qx leave /var/lib/serf/snapshot && [ "$(systemctl show -P Result serf)" = success ]'
inside 'systemctl start serf'
check 'it is removed' 'dpkg -r serf-native'
check 'the service is gone and the state is there' '! systemctl is-active serf && [ ! -e /usr/bin/serf ] && [ -e /var/lib/serf/snapshot ] && [ -e /etc/default/serf ]'
check 'it is purged' 'dpkg -P serf-native'
check 'state, user, conffile and links are gone' '[ ! -e /var/lib/serf ] && [ ! -e /etc/default/serf ] && ! id serf 2>/dev/null && ! ls /etc/systemd/system/multi-user.target.wants/serf.service 2>/dev/null'
check 'what the administrator wrote stays' '[ -e /etc/serf/serf.json ]'

say "In the place of the original"
check 'the original installs' 'chmod 600 /etc/serf/serf.json; mkdir -p /var/lib/serf; dpkg -i /var/cache/apt/archives/*.deb'
await 'the original runs' 'serf members | grep -q "^one .*alive" && ! serf version | grep -q "^0.10"'
check 'ours takes its place' 'dpkg -i /root/new.deb'
await 'the service is ours' 'systemctl is-active serf && serf version | grep -q "^0.10" && serf members | grep -q "^one .*alive"'
check 'the original is removed' '! dpkg -s serf 2>/dev/null | grep -q "ok installed"'
check 'our unit is in place' 'grep -q ^Type=notify /lib/systemd/system/serf.service'
check 'the state is its own' '[ "$(stat -c %U /var/lib/serf/snapshot)" = serf ]'
check 'the rest of the original is purged' 'dpkg -P serf'
check 'ours still runs' 'systemctl is-active serf && serf members'
inside 'systemctl is-enabled serf' || echo "note: the purge of the original has turned the service off for the next start"
check 'the way back' 'dpkg -r serf-native && dpkg -i /var/cache/apt/archives/*.deb'
await 'the original runs again' 'serf members | grep -q "^one .*alive" && ! serf version | grep -q "^0.10"'

say "$name: all as it must be"
