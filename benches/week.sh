#!/usr/bin/env bash
# How soon a week of a thousand appointments can be worked with, in a browser.
set -euo pipefail
exec node "$(dirname "$0")/../end2end/week.mjs" "$@"
