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
