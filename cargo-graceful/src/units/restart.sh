#!/bin/sh
# Restarts NAME without a refused connection: the other instance starts, and only then the old one stops.
set -eu

# Only one restart at a time. A second one waits, and then restarts again.
exec 9>/run/restart-NAME.lock
flock 9

is_active() {
    systemctl --quiet is-active "NAME@$1.service"
}
since() {
    systemctl show --property=ActiveEnterTimestampMonotonic --value "NAME@$1.service"
}

# The newer one, if an interrupted restart left both active.
old=b new=a
if is_active a && { ! is_active b || [ "$(since a)" -gt "$(since b)" ]; }; then
    old=a new=b
fi

# What an interrupted restart left of it.
systemctl --quiet stop "NAME@$new.service"
# Otherwise systemd counts the starts, refuses the sixth within 10 s, and closes the sockets.
systemctl reset-failed "NAME@$new.service" 2>/dev/null || true
# Returns when the instance is ready.
systemctl start "NAME@$new.service" || {
    # Otherwise systemd starts it again, and closes the sockets after the fifth failure.
    systemctl --quiet stop "NAME@$new.service"
    exit 1
}
systemctl --quiet stop "NAME@$old.service"
