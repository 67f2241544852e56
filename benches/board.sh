#!/usr/bin/env bash
# How soon a board of ten thousand tasks can be worked with, in a browser, and how smoothly.
set -euo pipefail
exec node "$(dirname "$0")/../end2end/board.mjs" "$@"
