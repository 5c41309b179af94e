#!/bin/sh
# Runs a command beside the service: as its user, with its settings and its data folder. Install it as /usr/local/bin/api-connections.
set -eu
settings=/etc/api-connections.env
program=/opt/api-connections/api-connections
data=/var/lib/api-connections
user=api-connections

if [ ! -r "$settings" ]; then
  echo "The settings in $settings cannot be read; run this as root: sudo api-connections $*" >&2
  exit 1
fi

# Read as systemd reads it, not by the shell: a connection string has semicolons.
while read -r line || [ -n "$line" ]; do
  case $line in
    [A-Za-z_]*=*) ;;
    *) continue ;;
  esac
  value=${line#*=}
  case $value in
    \"*\" | \'*\')
      value=${value#?}
      value=${value%?}
      ;;
  esac
  export "${line%%=*}=$value"
done <"$settings"

umask 0077
if [ "$(id -un)" = "$user" ]; then
  exec "$program" --data "$data" "$@"
fi
exec setpriv --reuid="$user" --regid="$user" --init-groups "$program" --data "$data" "$@"
