# Shared by installer/windows/build and tests/windows/run, after installer/environment.sh. To be sourced.

source installer/sysroot.sh
windows="$cache/windows"
mkdir -p "$windows"
chroot="$windows/trixie"
windows_target="${WINDOWS_TARGET:-$windows/target}"

choose_profile

# Cargo with the standard library that installer/windows/build has made. This machine's folders are left out of what is built.
windows_cargo() {
    local flags="--sysroot=$sysroot --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$cache/std=std"
    CARGO_TARGET_DIR="$windows_target" \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="$flags" CARGO_TARGET_I686_PC_WINDOWS_GNU_RUSTFLAGS="$flags" \
        cargo "$@"
}

# The folder of the programs built for a target.
built() { echo "$windows_target/$1/$profile_folder"; }
