# Rust's standard library for targets other than this machine's, each built once from Debian's package of its source. To be
# sourced after environment.sh.

std_version="$(rustc -vV | sed -n 's/^release: //p')"
# To be given to rustc as --sysroot, once need_sysroot has made what is in it.
sysroot="$cache/std/$std_version"

# Makes the standard library of a target. A minute or two at first; flags for unstable options are used here alone.
need_sysroot() {
    local target="$1" folder="$sysroot/lib/rustlib/$1/lib" work="$cache/std/make-$1" library object
    [ -e "$folder/.done" ] && return
    need_std_source
    say "Building Rust's standard library for $target"
    rm -rf "$work" "$folder"
    mkdir -p "$work/src" "$folder"
    printf '[package]\nname = "mkstd"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$work/Cargo.toml"
    echo '#![no_std]' >"$work/src/lib.rs"
    # The bitcode is needed by link-time optimisation.
    (cd "$work" && env -u CARGO_TARGET_DIR __CARGO_TESTS_ONLY_SRC_ROOT="$library" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
        cargo build -q --release --target "$target" -Zbuild-std=core,alloc,std,panic_unwind,panic_abort,proc_macro,test)
    cp "$work/target/$target/release/deps/"*.rlib "$folder/"
    rm -f "$folder"/libmkstd*
    if [ "$target" = i686-pc-windows-gnu ]; then
        # Start-up objects that its linker is given.
        for object in rsbegin rsend; do
            RUSTC_BOOTSTRAP=1 rustc --edition 2015 --target "$target" --crate-type lib --emit=obj \
                -o "$folder/$object.o" "$library/rtstartup/$object.rs"
        done
    fi
    rm -rf "$work"
    touch "$folder/.done"
}

# Sets `library` to the source of exactly this compiler's library, from the suites of Debian that have it.
need_std_source() {
    local source="$cache/std/source-$std_version" apt="$cache/std/apt" suite found
    library="$source/usr/src/rustc-$std_version/library"
    [ -d "$library" ] && return
    need_packages debian-archive-keyring
    mkdir -p "$apt/etc/apt/apt.conf.d" "$apt/etc/apt/preferences.d" "$apt/var/lib/dpkg" "$apt/var/lib/apt/lists/partial" \
        "$apt/var/cache/apt/archives/partial"
    : >"$apt/var/lib/dpkg/status"
    for suite in trixie trixie-backports sid; do
        echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) $suite main"
    done >"$apt/etc/apt/sources.list"
    cat >"$apt/conf" <<END
Dir "$apt";
Dir::State::status "$apt/var/lib/dpkg/status";
Acquire::Languages "none";
APT::Sandbox::User "root";
END
    # A suite that has expired drops out; the others serve.
    APT_CONFIG="$apt/conf" apt-get update -qq || true
    found="$(APT_CONFIG="$apt/conf" apt-cache madison rust-src |
        awk -F'|' -v v="$std_version+" '{gsub(/ /, "", $2)} !found && index($2, v) == 1 {print $2; found = 1}')"
    [ -n "$found" ] || fail "Debian has no rust-src $std_version just now. It has:
$(APT_CONFIG="$apt/conf" apt-cache madison rust-src)"
    (cd "$apt" && APT_CONFIG="$apt/conf" apt-get download -qq "rust-src=$found" && dpkg -x rust-src_*.deb "$source" && rm rust-src_*.deb)
}

# The mirror that this machine's own Debian packages come from.
mirror() {
    apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' |
        awk '!found && $2 !~ /-/ && $1 ~ /debian/ {print $1; found = 1}'
}
