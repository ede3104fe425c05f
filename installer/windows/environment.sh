# Shared by installer/windows/build and tests/windows/run, after installer/environment.sh. To be sourced.

source installer/sysroot.sh
windows="$cache/windows"
mkdir -p "$windows"
chroot="$windows/trixie"
windows_target="${WINDOWS_TARGET:-$windows/target}"

choose_profile

# Cargo with the standard library that installer/windows/build has made. The same checkout gives the same bytes: a file's time
# is that of the last commit, and this machine's folders are left out.
windows_cargo() {
    local flags="--sysroot=$sysroot --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$cache/std=std"
    SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" CARGO_TARGET_DIR="$windows_target" \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="$flags" CARGO_TARGET_I686_PC_WINDOWS_GNU_RUSTFLAGS="$flags" \
        cargo "$@"
}

# The folder of the programs built for a target.
built() { echo "$windows_target/$1/$profile_folder"; }
