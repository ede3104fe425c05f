# Rust's standard library for a target other than this machine's, built once from Debian's package of its source. To be sourced
# after environment.sh.

# Makes `sysroot` for a target: a folder to be given to rustc as --sysroot. A minute or two at first.
need_sysroot() {
    local target="$1" version library folder
    version="$(rustc -vV | sed -n 's/^release: //p')"
    sysroot="$cache/std/$version"
    folder="$sysroot/lib/rustlib/$target/lib"
    [ -e "$folder/.done" ] && return
    need_std_source "$version"
    say "Building Rust's standard library for $target"
    local work="$cache/std/make"
    mkdir -p "$work/src" "$folder"
    printf '[package]\nname = "mkstd"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
    echo '#![no_std]' >"$work/src/lib.rs"
    # The bitcode is needed by link-time optimisation.
    (cd "$work" && env -u CARGO_TARGET_DIR __CARGO_TESTS_ONLY_SRC_ROOT="$library" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
        cargo build -q --release --target "$target" -Zbuild-std=core,alloc,std,panic_unwind,panic_abort,proc_macro,test)
    cp "$work/target/$target/release/deps/"*.rlib "$folder/"
    rm -f "$folder"/libmkstd* && rm -rf "$work/target"
    touch "$folder/.done"
}

# Sets `library` to the source of exactly this compiler's library, from the suites of Debian that have it.
need_std_source() {
    local version="$1" source="$cache/std/source-$1" apt="$cache/std/apt" mirror suite found
    library="$source/usr/src/rustc-$version/library"
    [ -d "$library" ] && return
    need_packages debian-archive-keyring
    mirror="$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -1)"
    mkdir -p "$apt/etc/apt/apt.conf.d" "$apt/etc/apt/preferences.d" "$apt/var/lib/dpkg" "$apt/var/lib/apt/lists/partial" \
        "$apt/var/cache/apt/archives/partial"
    : >"$apt/var/lib/dpkg/status"
    for suite in trixie trixie-backports sid; do
        echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
    done >"$apt/etc/apt/sources.list"
    cat >"$apt/conf" <<END
Dir "$apt";
Dir::State::status "$apt/var/lib/dpkg/status";
Acquire::Languages "none";
APT::Sandbox::User "root";
END
    # A suite that has expired drops out; the others serve.
    APT_CONFIG="$apt/conf" apt-get update -qq || true
    found="$(APT_CONFIG="$apt/conf" apt-cache madison rust-src | awk -F'|' -v v="$version+" '{gsub(/ /, "", $2)} index($2, v) == 1 {print $2; exit}')"
    [ -n "$found" ] || fail "Debian has no rust-src $version; these there are: $(APT_CONFIG="$apt/conf" apt-cache madison rust-src)"
    (cd "$apt" && APT_CONFIG="$apt/conf" apt-get download -qq "rust-src=$found" && dpkg -x rust-src_*.deb "$source" && rm rust-src_*.deb)
}
