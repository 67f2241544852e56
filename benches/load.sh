#!/usr/bin/env bash
# Pages, slots API, bookings, live streams, memory and start, rising rates and ten minutes of everything: the release server beside plain
# servers, under load.
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "$0")/../scripts/lib.sh"
cargo build --release --quiet -p server -p devalo-bench </dev/null
# Ten thousand clients are ten thousand open files, on either side.
ulimit -n "$(ulimit -Hn)"
exec "$server_target/release/devalo-bench" run --devalo "$DEVALO_BIN" --site "$LEPTOS_SITE_ROOT" "$@"
