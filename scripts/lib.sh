# Shared by the scripts: where things are. Source it; it changes to the repository's root.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What is built once and kept between clones: tools, npm packages, the WASM standard library.
cache="${XDG_CACHE_HOME:-$HOME/.cache}/devalo"
tools="$cache/tools"
export PATH="$tools/bin:$PATH"

# The two targets have directories of their own, so that neither build waits for the other's lock.
server_target="${CARGO_TARGET_DIR:-$PWD/target}"
case "$server_target" in /*) ;; *) server_target="$PWD/$server_target" ;; esac
export CARGO_TARGET_DIR="$server_target"
wasm_target="$server_target/wasm"

# What is handed on is the same wherever it was built: no path of this machine is in it. Nothing else is built so, for with another
# path all of it would be built anew.
anywhere=()
if [ -n "${DEVALO_ANYWHERE:-}" ]; then
    cargo_home="${CARGO_HOME:-$HOME/.cargo}"
    # The last that fits is taken. Joined with what .cargo/config.toml says.
    anywhere=(--config "target.'cfg(all())'.rustflags=['--remap-path-prefix=$PWD=/devalo', '--remap-path-prefix=$server_target=/target', '--remap-path-prefix=$cargo_home=/cargo']")
    # One of the libraries in C says when it was built.
    CFLAGS="-ffile-prefix-map=$server_target=/target -ffile-prefix-map=$cargo_home=/cargo -Wno-builtin-macro-redefined -D__DATE__=\"\" -D__TIME__=\"\""
    export CFLAGS
fi

say() { if [ -t 1 ]; then printf '\033[1m%s\033[0m\n' "$*"; else printf '%s\n' "$*"; fi; }
die() { printf '%s\n' "$*" >&2; exit 1; }
hash_of() { sha256sum | cut -c1-16; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "Run this as root, or install sudo: $*"
    fi
}

# Two clones may share the cache: one makes a thing while the other waits. Released when the shell ends.
lock() { # lock NAME
    mkdir -p "$cache"
    exec {lock_file}>"$cache/.lock-$1"
    flock "$lock_file"
}
unlock() { exec {lock_file}>&-; }

# The ordinary Rust can build for the browser too, if it has the target's standard library.
has_wasm_std() { [ -d "$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)" ]; }

# Whether so much memory is free, in MB.
has_room_for() { [ "$(awk '/^MemAvailable/ { print int($2 / 1000) }' /proc/meminfo)" -ge "$1" ]; }

# Before a release is built for the first time: without memory enough the compiler is killed after half an hour, and doesn't say why.
tell_if_small() {
    if [ -e "$server_target/release/devalo" ] || has_room_for 12000; then return 0; fi
    say "Compiling takes 12 GB of memory, and less is free here: without swap space it may be killed."
}

# The cargo that builds for the browser: the ordinary one if it can, else the one that scripts/setup made from Debian's
# packages. It builds into a directory of its own.
wasm_cargo() {
    local toolchain
    if has_wasm_std; then
        CARGO_TARGET_DIR="$wasm_target" cargo "$@"
        return
    fi
    toolchain="$(cat "$cache/wasm-toolchain-path" 2>/dev/null || true)"
    [ -e "$toolchain/.complete" ] || die "Run scripts/setup first: there is no WASM toolchain."
    # A standard library that was made again is another one, even from the same release: nothing built with the old one
    # fits it, and cargo can't tell.
    mkdir -p "$wasm_target"
    if [ -e "$wasm_target/.toolchain" ] && [ "$(cat "$wasm_target/.toolchain")" != "$toolchain" ]; then
        rm -rf "$wasm_target/wasm32-unknown-unknown"
    fi
    echo "$toolchain" >"$wasm_target/.toolchain"
    env -u RUSTUP_TOOLCHAIN CARGO_TARGET_DIR="$wasm_target" RUSTC="$toolchain/bin/rustc" RUSTDOC="$toolchain/bin/rustdoc" \
        PATH="$toolchain/bin:/usr/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin" "$toolchain/bin/cargo" "$@"
}

# A hash of these files' names and contents, for skipping what is up to date. Folders count with all that is in them.
stamp() { find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | hash_of; }

# node_modules of a folder with a package-lock.json, kept in the cache under the lock's hash.
node_modules() {
    local folder="$1" kept
    kept="$cache/npm/$(cat "$folder/package.json" "$folder/package-lock.json" | hash_of)"
    if [ ! -e "$kept/.complete" ]; then
        lock npm
        if [ ! -e "$kept/.complete" ]; then
            say "Installing the npm packages of $folder"
            rm -rf "$kept"
            mkdir -p "$kept"
            cp "$folder/package.json" "$folder/package-lock.json" "$folder/.npmrc" "$kept/"
            # Not `npm ci`: it wants every platform's optional packages in the lock, and not every registry has them all.
            # The lock's versions and checksums hold all the same.
            (cd "$kept" && npm install --no-save --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error </dev/null)
            touch "$kept/.complete"
        fi
        unlock
    fi
    if [ "$(readlink "$folder/node_modules" || true)" != "$kept/node_modules" ]; then
        # A real folder is somebody's own `npm install`: theirs to remove.
        if [ -d "$folder/node_modules" ] && [ ! -L "$folder/node_modules" ]; then
            say "$folder/node_modules is a folder of your own, and is used as it is."
        else
            ln -sfn "$kept/node_modules" "$folder/node_modules"
        fi
    fi
}

# What a setting is: in the environment, or else in .env, as the server reads it.
setting() { # setting NAME
    local value="${!1:-}"
    if [ -z "$value" ] && [ -f .env ]; then
        value="$(sed -n "s/^$1=//p" .env | tail -n 1)"
        case "$value" in \'*\' | \"*\") value="${value:1:-1}" ;; esac
    fi
    printf '%s' "$value"
}

# Without a key of Stripe's the demo is billed by a stand-in on this machine, where no money moves. It ends with this
# process, also when that has become another program.
stand_in_for_stripe() {
    local address origin line ready
    if [ -n "$(setting STRIPE_SECRET_KEY)" ] || [ "$(setting BILLING)" = manual ] || [ "$(setting DEVALO_ENV)" = production ]; then return 0; fi
    address="$(setting DEVALO_ADDR)"
    address="${address:-127.0.0.1:3000}"
    origin="$(setting DEVALO_ORIGIN)"
    origin="${origin:-http://localhost:${address##*:}}"
    STRIPE_SECRET_KEY="sk_test_$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')"
    STRIPE_WEBHOOK_SECRET="whsec_$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    exec {ready}< <(exec node end2end/stripe/server.mjs --port 4280 --secret-key "$STRIPE_SECRET_KEY" \
        --webhook-secret "$STRIPE_WEBHOOK_SECRET" --webhook-url "$origin/webhooks/stripe" \
        --state data/stripe-stand-in.json --parent "$$")
    IFS= read -r -t 20 -u "$ready" line || die "The stand-in for Stripe did not start."
    exec {ready}<&-
    STRIPE_API_BASE="${line##* }"
    export STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET STRIPE_API_BASE
    echo "No STRIPE_SECRET_KEY is set: payments go to a stand-in at $STRIPE_API_BASE, and no money moves."
}
