# Sourced by the scripts.

target=${CARGO_TARGET_DIR:-$PWD/target}
export PATH="$target/tools/bin:$PATH"

# In the order in which they depend on each other.
published=(graceful-core graceful-manifest graceful-macros graceful-runtime gracefully cargo-graceful)

# Shows the command and how long it took.
run() {
    printf '\n$ %s\n' "$*"
    local begin=$SECONDS
    "$@"
    printf '(%s s)\n' $((SECONDS - begin))
}

fail() {
    printf 'tests/%s: %s\n' "${0##*/}" "$1" >&2
    exit 1
}
