# Shared by installer/windows/build and tests/windows/run, after installer/environment.sh. To be sourced.

windows="$cache/windows"
mkdir -p "$windows"
sysroot="$windows/sysroot"
chroot="$windows/trixie"
windows_target="${WINDOWS_TARGET:-$windows/target}"

# The mirror that this machine's own packages come from.
mirror() {
    apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' |
        awk '!found && $2 !~ /-/ && $1 ~ /debian/ {print $1; found = 1}'
}

profile="${PROFILE:-release}"
case "$profile" in
release) profile_options=(--release) ;;
# Nothing is measured with it: all is compiled as quickly as can be.
dev)
    profile_options=()
    for package in '"*"' exact-client exact-engine exact-odbc exact-simulator; do
        profile_options+=(--config "profile.dev.package.$package.opt-level=0")
    done
    ;;
*) fail "PROFILE=$profile? Known are release and dev." ;;
esac

# Cargo with the standard library that installer/windows/build has made.
windows_cargo() {
    CARGO_TARGET_DIR="$windows_target" \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="--sysroot=$sysroot" \
        CARGO_TARGET_I686_PC_WINDOWS_GNU_RUSTFLAGS="--sysroot=$sysroot" \
        cargo "$@"
}

# The folder of the programs built for a target.
built() {
    case "$profile" in
    dev) echo "$windows_target/$1/debug" ;;
    *) echo "$windows_target/$1/$profile" ;;
    esac
}
