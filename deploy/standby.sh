#!/bin/sh
# The entry point of the second database in compose.yaml: at its first start it copies the primary,
# which it then follows through a slot of its own, under its own name.
set -eu
chown postgres:postgres /archive
primary="host=${PRIMARY} user=postgres application_name=$(hostname)"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$(dirname "$PGDATA")"
  chmod 700 "$PGDATA"
  slot=--create-slot
  until gosu postgres pg_basebackup --pgdata="$PGDATA" --dbname="$primary" --checkpoint=fast \
      --write-recovery-conf --slot="$(hostname)" $slot; do
    # The primary is not there yet, or an earlier try was cut off after it had made the slot.
    find "$PGDATA" -mindepth 1 -delete
    if [ -n "$slot" ]; then slot=; else slot=--create-slot; fi
    sleep 2
  done
fi
exec docker-entrypoint.sh "$@"
