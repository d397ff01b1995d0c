#!/bin/bash
# Boots systemd as process 1 of new namespaces, until standard input ends. Needs root and a mount namespace.
#
#   boot.sh FOLDER [NAME=PROGRAM]...
#
# FOLDER becomes /run/test, with the units in /run/test/units. Each PROGRAM becomes /usr/local/bin/NAME. Everything
# else is read-only, so neither the machine's files nor its kernel settings change.
set -eu
folder=$1

# The one thing outside of the namespaces. Which hierarchies the machine has mounted does not matter.
umount --lazy /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
parent=$(sed -n 's/^0:://p' /proc/self/cgroup)
export cgroup=/sys/fs/cgroup${parent%/}/graceful-test-$$
mkdir "$cgroup"

become_init() {
    folder=$1
    shift
    umount --lazy /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mount -t tmpfs tmpfs /run
    mkdir /run/lock /run/systemd /run/test /run/none
    mount --bind "$folder" /run/test
    mount -t tmpfs tmpfs /usr/local/bin
    for program; do
        touch "/usr/local/bin/${program%%=*}"
        mount --bind "${program#*=}" "/usr/local/bin/${program%%=*}"
    done
    # Not before: the programs may be in these.
    mount -t tmpfs tmpfs /tmp
    mount -t tmpfs tmpfs /var/tmp
    # systemd writes its log to /dev/console.
    mount --bind "$(tty <&2)" /dev/console
    mount --bind /proc/sys /proc/sys
    for path in / /dev /sys /proc/sys; do
        mount -o remount,bind,ro "$path"
    done
    cd /
    exec env -i PATH="$PATH" container=test NOTIFY_SOCKET=/run/test/notify \
        SYSTEMD_UNIT_PATH=/run/test/units SYSTEMD_GENERATOR_PATH=/run/none SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/run/none \
        /lib/systemd/systemd --system --unit=test.target --log-target=console --log-color=no --show-status=no
}
export -f become_init

# If this script is killed, unshare is killed, and then process 1 and with it all others. Process 1 enters the cgroup, and
# unshare stays outside.
setpriv --pdeathsig KILL unshare --ipc --mount --net --pid --uts --fork --kill-child --mount-proc bash -euc '
    echo 0 >"$cgroup/cgroup.procs"
    exec unshare --cgroup bash -euc "become_init \"\$@\"" systemd "$@"' systemd "$@" </dev/null &
unshare=$!

# Ends with the test. A job reads /dev/null unless it says otherwise.
timeout 600 cat <&0 >/dev/null &
wait -n || true

if grep -q 'populated 1' "$cgroup/cgroup.events"; then
    echo 1 >"$cgroup/cgroup.kill"
else
    kill -KILL "$unshare" 2>/dev/null || true
fi
# Process 1 ends after all others, and unshare ends after it.
wait "$unshare" || true
find "$cgroup" -depth -type d -exec rmdir {} +
NOTIFY_SOCKET=$folder/notify systemd-notify --status=ended || true
rm -rf --one-file-system "$folder"
