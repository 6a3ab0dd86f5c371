#!/usr/bin/env bash
# Publishes 100-byte messages to Emque with --persist, to NATS JetStream (file storage) and to Redis streams (append-only file),
# one after the other on the same disk, replays them, and prints a table: messages/s and bytes on disk per message.
# Usage: compare.sh EMQUE_IMAGE [FOLDER_ON_THE_DISK]
# Needs nats-server, redis-server and redis-benchmark; one that is missing is left out.
set -euo pipefail

image=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${2:-/tmp}/emque-compare.XXXXXX")
java="$image/runtime/bin/java"
command -v javac >/dev/null && javac -d "$work/classes" "$here/JetStream.java"
size=100
window=1000
children=()
trap 'kill "${children[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

row() { printf '| %-34s | %12s | %12s | %6s |\n' "$@"; }
per_message() { awk -v k="$(du -sk "$1" | cut -f1)" -v n="$2" 'BEGIN { printf "%.0f", k * 1024 / n }'; }
wait_for() { for _ in $(seq 200); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.05; done; return 1; }
rate() { sed -n 's/.*[( ]\([0-9]*\)\/s.*/\1/p' | tail -1; }
stop() { kill "$1"; wait "$1" 2>/dev/null || true; }

lines() { # COUNT
  [ -f "$work/lines.$1" ] || yes "$(printf 'x%.0s' $(seq $size))" | head -n "$1" >"$work/lines.$1" || true
}

emque() { # MODE COUNT
  lines "$2"
  "$image/bin/emque" --address=127.0.0.1:19001 --tls=off --access_log=off --persist --data_dir="$work/emque-$1" \
    --disk_free=1MiB --sync="$1" 2>/dev/null &
  local pid=$!
  children+=("$pid")
  wait_for 19001
  local servers=--servers=http://127.0.0.1:19001
  "$image/bin/emque" pub warm --file="$work/lines.$2" $servers 2>/dev/null
  "$image/bin/emque" topics rm warm $servers
  local published replayed began
  published=$("$image/bin/emque" pub foo --file="$work/lines.$2" $servers 2>&1 | rate)
  stop "$pid"
  "$image/bin/emque" --address=127.0.0.1:19001 --tls=off --access_log=off --persist --data_dir="$work/emque-$1" \
    --disk_free=1MiB 2>/dev/null &
  pid=$!
  children+=("$pid")
  wait_for 19001
  began=$(date +%s%N)
  exec 5< <(curl -sN "http://127.0.0.1:19001/sub?topic=foo&from=earliest&format=raw")
  head -c $(($2 * size)) <&5 >/dev/null
  kill $! && exec 5<&-
  replayed=$(($2 * 1000000000 / ($(date +%s%N) - began)))
  row "Emque --sync=$1" "$published" "$replayed" "$(per_message "$work/emque-$1" "$2")"
  stop "$pid"
}

nats() { # MODE COUNT
  printf 'port: 19002\njetstream { store_dir: "%s/nats-%s"\n %s\n}\n' "$work" "$1" "$([ "$1" = always ] && echo 'sync_interval: always' || echo 'sync_interval: 1s')" >"$work/nats.conf"
  nats-server -c "$work/nats.conf" >"$work/nats.log" 2>&1 &
  local pid=$!
  children+=("$pid")
  wait_for 19002
  local published replayed
  published=$("$java" -cp "$work/classes" JetStream 19002 publish "$2" $size $window | rate)
  replayed=$("$java" -cp "$work/classes" JetStream 19002 replay "$2" $size $window | rate)
  row "NATS JetStream, sync $1" "$published" "$replayed" "$(per_message "$work/nats-$1" "$2")"
  stop "$pid"
}

redis() { # MODE COUNT
  mkdir -p "$work/redis-$1"
  redis-server --port 19003 --dir "$work/redis-$1" --save '' --appendonly yes --appendfsync "$1" >/dev/null &
  local pid=$!
  children+=("$pid")
  wait_for 19003
  local published replayed began
  published=$(redis-benchmark -p 19003 -c 1 -P $window -n "$2" -q XADD foo '*' p "$(printf 'x%.0s' $(seq $size))" | tr '\r' '\n' |
    sed -n 's/.*: \([0-9]*\)\.[0-9]* requests per second.*/\1/p' | tail -1)
  began=$(date +%s%N)
  redis-cli -p 19003 XRANGE foo - + >/dev/null
  replayed=$(($2 * 1000000000 / ($(date +%s%N) - began)))
  row "Redis streams, appendfsync $1" "$published" "$replayed" "$(per_message "$work/redis-$1" "$2")"
  stop "$pid"
}

row '' 'published/s' 'replayed/s' 'B/msg'
row '---' '---' '---' '---'
emque os 1000000
command -v nats-server >/dev/null && nats 1s 1000000
command -v redis-server >/dev/null && redis everysec 1000000
emque group 300000
emque always 300000
command -v nats-server >/dev/null && nats always 20000
command -v redis-server >/dev/null && redis always 300000
