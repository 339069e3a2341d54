#!/usr/bin/env bash
# One Ceph node (a monitor, an OSD in memory, a RADOS Gateway) on loopback, with everything it writes in one folder.
#   S3_PORT=… MON_PORT=… ACCESS_KEY=… SECRET_KEY=… ceph.sh start FOLDER
#   ceph.sh stop FOLDER
# Processes are stopped by the ids that this script wrote down, and only while they still are what they were.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: $0 start|stop FOLDER" >&2; exit 2; }
dir=$2
conf=$dir/ceph.conf

write_conf() {
  cat > "$conf" <<END
[global]
fsid = 0d1c6c2e-8a0e-4a53-9a57-3f6d5a1e4b10
mon_initial_members = a
mon_host = [v2:127.0.0.1:$MON_PORT/0]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# Its default is "secure", which without cephx is refused: the gateway would try for ever and never listen.
ms_mon_client_mode = crc
run_dir = $dir/run
admin_socket = $dir/run/\$name.asok
pid_file =
log_file = $dir/log/\$name.log
log_to_stderr = false
crash_dir = $dir/crash
keyring = $dir/keyring
# Files of the folder belong to whoever starts this, and need not belong to the user "ceph".
setuser_match_path =
# One OSD is all there is: one copy, and few placement groups for the pools that the gateway makes.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
# A process that is stopped for 12 s finds leases of groups expired (16 s, renewed every 8), and in two of some fifteen runs
# the operations on one group then waited for a new one without end ("waiting for readable", for minutes).
osd_pool_default_read_lease_ratio = 30
[mon]
mon_data = $dir/mon
# Disks of test machines are full by its standards, and it would leave the cluster.
mon_data_avail_crit = 1
mon_data_avail_warn = 2
# Without these every change of the maps waits for a second, of which a start has ten.
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[osd]
osd_data = $dir/osd
# In memory: nothing here has to outlive a test, and no disk is measured.
osd_objectstore = memstore
memstore_device_bytes = 8589934592
osd_crush_update_on_start = false
osd_class_update_on_start = false
osd_op_num_shards = 2
[client]
rgw_data = $dir/rgw
# Without nodelay most answers wait 40 ms for the acknowledgement of their headers.
rgw_frontends = beast endpoint=127.0.0.1:$S3_PORT tcp_nodelay=1
# Encryption is then taken over HTTP, and SSE-S3 not done: a sink has to notice.
rgw_crypt_require_ssl = false
rgw_enable_usage_log = false
rgw_enable_ops_log = false
rgw_override_bucket_index_max_shards = 1
rgw_dynamic_resharding = false
# The memory of what was removed is given back at once.
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 5
# How full a bucket is, is asked anew for every request: a quota strikes where it should.
rgw_bucket_quota_ttl = 0
END
}

ours() { # NAME: whether the process of that name runs
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline" | grep -qF -- "$conf"
}

run() { # NAME COMMAND…: in the background, in a session of its own, so that Ctrl-C is for the tests
  local name=$1
  shift
  setsid "$@" >> "$dir/log/$name.out" 2>&1 < /dev/null &
  echo $! > "$dir/$name.pid"
}

until_true() { # SECONDS WHAT COMMAND…
  local tries=$(($1 * 10)) what=$2
  shift 2
  until "$@" > /dev/null 2>&1; do
    ((tries-- > 0)) || { echo "ceph: $what" >&2; tail -n 20 "$dir"/log/*.out >&2; return 1; }
    sleep 0.1
  done
}

osd_is_up() { ceph -c "$conf" --connect-timeout 5 osd stat | grep -q '1 up'; }

start() {
  mkdir -p "$dir"/{run,log,crash,rgw,mon,osd}
  write_conf
  {
    ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon 'allow *'
    monmaptool --create --fsid 0d1c6c2e-8a0e-4a53-9a57-3f6d5a1e4b10 \
      --addv a "[v2:127.0.0.1:$MON_PORT]" "$dir/monmap"
    ceph-mon -c "$conf" --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring"
  } >> "$dir/log/setup.out" 2>&1
  run mon ceph-mon -c "$conf" -i a -f
  local uuid=5b0c2d84-6a7e-4a0d-bd3a-27a1f8c5e001
  {
    ceph -c "$conf" --connect-timeout 20 osd new "$uuid" 0
    ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$uuid"
    ceph -c "$conf" --connect-timeout 20 osd crush add osd.0 1.0 root=default host=localhost
  } >> "$dir/log/setup.out" 2>&1
  run osd ceph-osd -c "$conf" -i 0 -f
  until_true 20 'the OSD does not come up' osd_is_up
  # Before the gateway: it makes the pools, for which the gateway would wait in the middle of its start.
  radosgw-admin -c "$conf" user create --uid dayfile --display-name dayfile \
    --access-key "$ACCESS_KEY" --secret-key "$SECRET_KEY" >> "$dir/log/setup.out" 2>&1
  run gateway radosgw -c "$conf" -n client.rgw.a -f
  until_true 30 'the gateway does not answer' curl -fsS "http://127.0.0.1:$S3_PORT/"
}

stop() {
  local name pid
  for name in gateway osd mon; do
    ours $name || continue
    pid=$(cat "$dir/$name.pid")
    # At once, as its memory would be published to disk first; a frozen one does not hear anything else.
    kill -KILL "$pid"
    while ours $name; do sleep 0.05; done
  done
}

case $1 in
  start) start ;;
  stop) stop ;;
  *) echo "usage: $0 start|stop FOLDER" >&2; exit 2 ;;
esac
