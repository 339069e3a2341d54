#!/usr/bin/env bash
# One OpenStack Swift node (proxy with the S3 API, account, container and object server; one copy) on loopback, with
# everything it writes in one folder.
#   S3_PORT=… ACCOUNT_PORT=… CONTAINER_PORT=… OBJECT_PORT=… ACCESS_KEY=account:user SECRET_KEY=… \
#     STRANGER_KEY=account:user STRANGER_SECRET=… swift.sh start FOLDER
#   swift.sh stop FOLDER
# Processes are stopped by the ids that this script wrote down, and only while they still are what they were.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: $0 start|stop FOLDER" >&2; exit 2; }
dir=$2

write_confs() {
  cat > "$dir/etc/swift.conf" <<END
[swift-hash]
swift_hash_path_suffix = dayfile
swift_hash_path_prefix = dayfile
[storage-policy:0]
name = one
default = yes
END
  local kind port
  for kind in account container object; do
    case $kind in
      account) port=$ACCOUNT_PORT ;;
      container) port=$CONTAINER_PORT ;;
      object) port=$OBJECT_PORT ;;
    esac
    cat > "$dir/etc/$kind-server.conf" <<END
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
# In the process that is started, and in none of its own: there is one to freeze, and one to stop.
workers = 0
user = $(id -un)
swift_dir = $dir/etc
devices = $dir/devices
mount_check = false
# Disks of test machines are full by its standards, and it would refuse to write.
fallocate_reserve = 0
# No syslog.
log_address = /nonexistent
log_level = ERROR
[pipeline:main]
pipeline = $kind-server
[app:$kind-server]
use = egg:swift#$kind
END
    {
      swift-ring-builder "$dir/etc/$kind.builder" create 4 1 0
      swift-ring-builder "$dir/etc/$kind.builder" add "r1z1-127.0.0.1:$port/d1" 1
      # Says 1, a warning, where all copies lie in one zone.
      swift-ring-builder "$dir/etc/$kind.builder" rebalance || [ -f "$dir/etc/$kind.ring.gz" ]
    } >> "$dir/log/setup.out" 2>&1
  done
  cat > "$dir/etc/proxy-server.conf" <<END
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $S3_PORT
workers = 0
user = $(id -un)
swift_dir = $dir/etc
log_address = /nonexistent
log_level = ERROR
[pipeline:main]
# slo is what an upload of several parts becomes.
pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth container_quotas slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
# There is none, and none is needed: tokens are not used, and what is not cached is asked for.
memcache_servers = 127.0.0.1:9
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_${ACCESS_KEY/:/_} = $SECRET_KEY .admin
# Of the same account, where it may do nothing.
user_${STRANGER_KEY/:/_} = $STRANGER_SECRET
[filter:container_quotas]
use = egg:swift#container_quotas
[filter:slo]
use = egg:swift#slo
END
}

ours() { # KIND: whether the server of that kind runs
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline" | grep -qF -- "$dir/etc/$1-server.conf"
}

answers() { [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$1/")" != 000 ]; }

start() {
  mkdir -p "$dir"/{etc,log,devices/d1}
  write_confs
  local kind
  for kind in account container object proxy; do
    # The Python of Debian, whose packages Swift is among. swift.conf has its place in /etc, and no option says otherwise: said before the server is loaded.
    setsid /usr/bin/python3 -c 'import runpy, sys; from swift.common import utils; utils.set_swift_dir(sys.argv[1])
sys.argv = sys.argv[2:]; runpy.run_path(sys.argv[0], run_name="__main__")' \
      "$dir/etc" "$(command -v "swift-$kind-server")" "$dir/etc/$kind-server.conf" \
      >> "$dir/log/$kind.out" 2>&1 < /dev/null &
    echo $! > "$dir/$kind.pid"
  done
  local port tries=200
  for port in "$ACCOUNT_PORT" "$CONTAINER_PORT" "$OBJECT_PORT" "$S3_PORT"; do
    until answers "$port"; do
      ((tries-- > 0)) || { echo "swift: nobody answers on $port" >&2; tail -n 20 "$dir"/log/*.out >&2; return 1; }
      sleep 0.1
    done
  done
}

stop() {
  local kind pid
  for kind in proxy object container account; do
    ours $kind || continue
    pid=$(cat "$dir/$kind.pid")
    # At once: nothing has to be kept, and a frozen one does not hear anything else.
    kill -KILL "$pid"
    while ours $kind; do sleep 0.05; done
  done
}

case $1 in
  start) start ;;
  stop) stop ;;
  *) echo "usage: $0 start|stop FOLDER" >&2; exit 2 ;;
esac
