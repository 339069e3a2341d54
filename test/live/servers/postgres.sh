#!/usr/bin/env bash
# One PostgreSQL cluster that listens on a socket alone, with everything it writes in one folder.
#   postgres.sh start FOLDER
#   postgres.sh stop FOLDER
# PostgreSQL refuses to be run by root: for root it is the user "postgres" of the Debian package.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: $0 start|stop FOLDER" >&2; exit 2; }
dir=$2
data=$dir/cluster/data

programs() { # the newest of the versions that are there
  local found
  found=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [ -x "$found/initdb" ] || { echo "postgres: no initdb in $found" >&2; return 1; }
  echo "$found"
}

ours() {
  local pid
  pid=$(cat "$dir/postgres.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline" | grep -qF -- "$data"
}

start() {
  local bin as=()
  bin=$(programs)
  mkdir "$dir/cluster"
  if [ "$(id -u)" -eq 0 ]; then
    as=(setpriv --reuid postgres --regid postgres --clear-groups)
    # Through the folder, and not into it.
    chmod 711 "$dir"
    chown postgres:postgres "$dir/cluster"
  fi
  "${as[@]}" "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync > "$dir/setup.out" 2>&1 ||
    { cat "$dir/setup.out" >&2; return 1; }
  # setpriv becomes the server: the id is that of the server.
  setsid "${as[@]}" "$bin/postgres" -D "$data" -c listen_addresses= -c "unix_socket_directories=$dir/cluster" \
    -c fsync=off > "$dir/server.out" 2>&1 < /dev/null &
  echo $! > "$dir/postgres.pid"
  local tries=200
  until psql -qXh "$dir/cluster" -U postgres -c '' > /dev/null 2>&1; do
    ((tries-- > 0)) || { echo "postgres: nobody answers" >&2; tail -n 20 "$dir/server.out" >&2; return 1; }
    sleep 0.1
  done
}

stop() {
  ours || return 0
  local pid
  pid=$(cat "$dir/postgres.pid")
  # Without waiting for anyone; its own processes go with it.
  kill -QUIT "$pid"
  while ours; do sleep 0.05; done
}

case $1 in
  start) start ;;
  stop) stop ;;
  *) echo "usage: $0 start|stop FOLDER" >&2; exit 2 ;;
esac
