#!/usr/bin/env bash
# The slot engine by itself: medians in microseconds.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo bench --quiet -p app --features ssr --bench slots
