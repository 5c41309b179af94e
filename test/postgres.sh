#!/usr/bin/env bash
# A PostgreSQL of its own for tests and benches, on loopback, gone afterwards.
#   test/postgres.sh start DIR [durable]   prints a connection string; without "durable" it does not wait for the disk
#   test/postgres.sh restart DIR           stops it at once, as a power cut would, and starts it again
#   test/postgres.sh stop DIR
set -euo pipefail

bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

# PostgreSQL refuses to run as root.
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo $((20000 + RANDOM % 20000)); }

case "${1:-}" in
  start)
    dir=$2
    port=$(free_port)
    mkdir -p "$dir"
    [ "$(id -u)" = 0 ] && chown postgres "$dir"
    as_owner "$(bin)/initdb" -D "$dir/data" -U api_connections --auth=trust --no-locale -E UTF8 >"$dir/setup.log" 2>&1
    {
      echo "listen_addresses = '127.0.0.1'"
      echo "port = $port"
      echo "unix_socket_directories = '$dir'"
      echo "max_connections = 400"
      echo "shared_buffers = 256MB"
      [ "${3:-}" = durable ] || { echo "fsync = off"; echo "synchronous_commit = off"; echo "full_page_writes = off"; echo "autovacuum = off"; }
    } | as_owner tee -a "$dir/data/postgresql.conf" >/dev/null
    as_owner "$(bin)/pg_ctl" -D "$dir/data" -l "$dir/log" -w start >>"$dir/setup.log" 2>&1
    echo "Host=127.0.0.1;Port=$port;Username=api_connections;Database=postgres"
    ;;
  restart)
    # As a power cut: nothing is written down before it stops.
    as_owner "$(bin)/pg_ctl" -D "$2/data" -m immediate -l "$2/log" -w restart >/dev/null
    ;;
  stop)
    as_owner "$(bin)/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$2"
    ;;
  *)
    echo "usage: test/postgres.sh start DIR [durable] | restart DIR | stop DIR" >&2
    exit 2
    ;;
esac
