# Runs in its own process group, as root. It prepares the sandbox, prints the process id of its process 1, and ends all
# processes in it when standard input is closed: also when the test is killed.
#
# What podman and runc would leave behind is in the sandbox, and so are the settings that they change. Only cgroups are
# the host's. They are made below the one of this sandbox, and removed at the end.
set -eu

name=graceful-containers-$$
# One hierarchy with version 2 of cgroups, and several with version 1.
set -- $(while read -r _ path type _; do
    case $type in cgroup | cgroup2) echo "$path" ;; esac
done </proc/self/mounts)

remove() {
    for path; do
        [ ! -d "$path/$name" ] || find "$path/$name" -depth -type d -exec rmdir {} +
    done
}
trap 'remove "$@"' EXIT

for path; do
    mkdir -p "$path/$name"
    # No process can be in an empty cpuset.
    for file in cpuset.cpus cpuset.mems; do
        [ ! -f "$path/$file" ] || cat "$path/$file" >"$path/$name/$file"
    done
done

(
    # With version 1 runc looks for cgroups below the root of the cgroup namespace, which is where this process is. With
    # version 2 a cgroup with processes has no cgroups below it that are limited.
    for path; do
        [ ! -f "$path/tasks" ] || echo 0 >"$path/$name/cgroup.procs"
    done
    exec unshare --cgroup --ipc --mount --net --pid --fork --kill-child sh -euc '
        name=$0
        # Still the /proc of the outside.
        read -r pid _ </proc/self/stat
        mount -t proc proc /proc
        for path; do mount --bind "$path/$name" "$path"; done
        for path in /dev/shm /run /var/lib /var/tmp; do mount -t tmpfs tmpfs "$path"; done
        echo "$pid"
        exec catatonit -- cat
    ' "$name" "$@"
)
