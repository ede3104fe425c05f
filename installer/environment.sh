# Shared by the scripts of this folder and tests/run: where things are built, and what must be on the machine. To be sourced.

cache="${XDG_CACHE_HOME:-$HOME/.cache}/exact-online-odbc"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
# Both use one profile, so that dependencies are compiled once.
programs="$CARGO_TARGET_DIR/debug"

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The version that the workspace's manifest names.
workspace_version() { sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1; }

# The processor that a built file is for, as Debian calls it.
processor() {
    case "$(readelf -h "$1")" in
    *AArch64*) echo arm64 ;;
    *X86-64*) echo amd64 ;;
    *) fail "$1 is not there, or for a processor that is not known here." ;;
    esac
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs those of the named Debian packages that are missing.
need_packages() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "Needed, and not installed here: ${missing[*]}. Please install them."
    say "Installing from the system's packages: ${missing[*]}"
    as_root apt-get update -qq </dev/null
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

# A C compiler and linker for Rust, and unixODBC with its tools and its library to link with.
need_build_packages() {
    command -v cargo >/dev/null || fail "The Rust toolchain is missing: cargo is not found. Version 1.95 or newer is needed."
    need_packages gcc libc6-dev unixodbc unixodbc-dev odbcinst
}

# A Python environment of our own in the cache folder.
need_python() {
    command -v python3 >/dev/null || need_packages python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages python3-venv
    local tag
    tag="$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    python="$cache/python-$tag/bin/python"
    [ -x "$python" ] || python3 -m venv --clear "$cache/python-$tag"
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PYTHONDONTWRITEBYTECODE=1
}

# A further Python environment of that kind, by its name and the file of its packages; `python` is its program then.
need_python_packages() {
    need_python
    local folder
    folder="$(dirname "$(dirname "$python")")-$1"
    [ -x "$folder/bin/python" ] || python3 -m venv --clear "$folder"
    python="$folder/bin/python"
    "$python" -m pip install -q -r "$2"
}

# Sets `profile_options` for cargo by PROFILE, and `profile_folder`, where it puts what it has built. With PROFILE=dev all is compiled
# as quickly as can be, to try the scripts; nothing is measured with it.
choose_profile() {
    case "${PROFILE:-release}" in
    release) profile_options=(--release) profile_folder=release ;;
    dev)
        profile_options=() profile_folder=debug
        for package in '"*"' exact-client exact-engine exact-odbc exact-simulator; do
            profile_options+=(--config "profile.dev.package.$package.opt-level=0")
        done
        ;;
    *) fail "PROFILE=$PROFILE? Known are release and dev." ;;
    esac
}

# Zig as compiler and linker, packaged for Python, held to versions.
need_zig() {
    need_python_packages zig installer/packages/requirements.txt
    PATH="$(dirname "$python"):$PATH"
    export PATH
}

# need_tool NAME VERSION [OPTIONS]: a program of the crates registry, built once. Without the last few per cent of speed, which take as
# long as all the rest.
need_tool() {
    [ -x "$cache/tools/bin/$1" ] || CARGO_PROFILE_RELEASE_LTO=off CARGO_TARGET_DIR="$cache/tools/target" \
        cargo install -q --locked --root "$cache/tools" "$1@$2" "${@:3}"
    export PATH="$cache/tools/bin:$PATH"
}

# Programs that the tests read through the driver: Perl, PHP, R, Node, LibreOffice and iODBC. Two minutes and 700 MB at
# first. Where Debian's packages are not to be had, the tests of those that are missing are skipped and say so.
need_clients() {
    command -v apt-get >/dev/null || return 0
    need_packages libdbd-odbc-perl php-cli php-odbc r-cran-rodbc r-cran-jsonlite iodbc libiodbc2 libreoffice-base python3-uno
    command -v npm >/dev/null || need_packages nodejs npm
    need_packages g++ make
    need_node_package tests/clients/node
}

# The package of a folder with package.json, compiled where it must be; found through NODE_PATH.
need_node_package() {
    local folder="$cache/node"
    export NODE_PATH="$folder/node_modules"
    cmp -s "$1/package-lock.json" "$folder/installed.json" && return
    say "Installing from npm: $(basename "$1")"
    mkdir -p "$folder"
    cp "$1/package.json" "$1/package-lock.json" "$folder"
    # With the headers of the machine's own Node, where there are any.
    if [ -e /usr/include/node/node.h ]; then export npm_config_nodedir=/usr; fi
    npm ci --prefix "$folder" --silent --no-audit --no-fund
    cp "$1/package-lock.json" "$folder/installed.json"
}
