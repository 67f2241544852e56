#!/usr/bin/env bash
# Lighthouse's scores of the public pages, as a phone sees them.
set -euo pipefail
exec node "$(dirname "$0")/../end2end/lighthouse.mjs" "$@"
