#!/usr/bin/env bash
# The slot engine by itself: medians in microseconds.
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "$0")/../scripts/lib.sh"
cargo bench --quiet -p app --features ssr --bench slots -- "$@" </dev/null
