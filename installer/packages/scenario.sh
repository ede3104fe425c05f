#!/usr/bin/env bash
# What a machine goes through with one kind of package: an old entry of the driver and another driver are there, the package is
# installed, used by root and by a plain user through unixODBC and iODBC, upgraded, used again, and removed. Run by `test` beside this
# file, in a Debian made for it:
#
#     scenario.sh deb|rpm|tar amd64|arm64 FIRST-VERSION SECOND-VERSION
set -euo pipefail

kind="$1" architecture="$2" first="$3" second="$4"
processor="$(uname -m)"
name=exact-online-odbc
drivers=/etc/odbcinst.ini

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# same WHAT EXPECTED FOUND
same() { [ "$2" = "$3" ] || fail "$1: expected \"$2\", found \"$3\""; }

# All that lies on the machine, less what systems of packages, logs and this test keep.
files() {
    find / -xdev \( -path /proc -o -path /tmp -o -path /run -o -path /packages -o -path /var/lib/dpkg -o -path /var/lib/rpm -o \
        -path /var/lib/dnf -o -path /var/cache -o -path /var/log -o -path /usr/lib/sysimage \) -prune -o -print | LC_ALL=C sort
}

as() {
    if [ "$1" = root ]; then bash -c "$2"; else su - "$1" -c "$2"; fi
}

# value KEY: of the driver's entry, as the driver manager has read it.
value() { sed -n "s/^$1=//p" /tmp/entry; }

registered() {
    local library="$1"
    as "$user" "odbcinst -q -d -n 'Exact Online'" >/tmp/entry
    same Driver "$library" "$(value Driver)"
    same Setup "$library" "$(value Setup)"
    same Driver64 "" "$(value Driver64)"
    same Threading 0 "$(value Threading)"
    same UsageCount 1 "$(value UsageCount)"
    [ -e "$library" ] || fail "$library is not there"
    grep -A9 '^\[ODBC Drivers\]' "$drivers" | grep -qx 'Exact Online = Installed' || fail "iODBC is not told"
    grep -qF "$(cat /tmp/other)" "$drivers" || fail "the other driver's entry has changed"
}

# A company to talk to, with its data source.
begin() { as "$1" "$program demo --port 0 --scale 0.05" >/dev/null; }
end() { as "$1" "$program demo stop" >/dev/null; }

# Asked through the tools of both driver managers, through the program, and made by the set-up library.
used_by() {
    local who="$1" sql="SELECT COUNT(*) FROM Accounts WHERE Country = 'NL'" count
    count="$(as "$who" "$program query --dsn ExactDemo --format csv \"$sql\"" 2>/dev/null | tail -1)"
    [ "$count" -gt 0 ] || fail "the query finds no accounts"
    as "$who" "echo \"$sql\" | isql -b -d, ExactDemo" | grep -qx "$count" || fail "isql, $who"
    as "$who" "echo \"$sql\" | iusql -b -d, ExactDemo" | grep -qx "$count" || fail "iusql, $who"
    as "$who" "printf '%s\n\n' \"$sql\" | iodbctest DSN=ExactDemo" | grep -q "^$count *$" || fail "iodbctest, $who"
    # unixODBC looks for set-up libraries in the machine's list alone.
    if [ "$kind" != tar ]; then set_up "$who"; fi
    as "$who" "$program dsn test ExactDemo" >/dev/null
    echo "   used by $who: $count accounts found by exact-odbc, isql, iusql, iodbctest"
}

# A data source is made and removed by the set-up library, which unixODBC's installer library finds and loads.
set_up() {
    as "$1" "python3 - <<'END'
import ctypes
setup = ctypes.CDLL('libodbcinst.so.2').SQLConfigDataSource
for request, attributes in ((1, b'DSN=Form\0Division=5512\0\0'), (3, b'DSN=Form\0\0')):
    assert setup(None, request, b'Exact Online', attributes), 'the set-up library refuses'
END"
}

install_package() {
    case "$kind" in
    deb) dpkg -i "/packages/${name}_$1_$architecture.deb" >/dev/null ;;
    rpm) dnf -q -y --releasever=1 --disablerepo='*' --nogpgcheck install "/packages/$name-$1-1.$processor.rpm" >/dev/null ;;
    tar)
        as "$user" "tar -xzf /packages/$name-$1-linux-$processor.tar.gz && $name-$1/bin/exact-odbc install --user" >/dev/null
        program="./$name-$1/bin/exact-odbc"
        ;;
    esac
}

remove_package() {
    case "$kind" in
    deb)
        dpkg -r "$name" >/dev/null
        grep -q "Exact Online" "$drivers" && fail "removed, and still registered"
        dpkg -P "$name" >/dev/null
        ;;
    rpm) dnf -q -y --releasever=1 remove "$name" >/dev/null ;;
    tar) as "$user" "$program uninstall --user && rm -r $name-$first $name-$second .odbcinst.ini.before-exact-odbc" >/dev/null ;;
    esac
}

# On rpm's side this machine has nothing; one empty package stands for the distribution's.
distribution() {
    cat >/tmp/distribution.spec <<END
Name: distribution
Version: 1
Release: 1
Summary: Stands for what is installed already
License: none
BuildArch: noarch
Provides: unixODBC = 2.3.11, glibc = $(ldd --version | sed -n '1s/.* //p'), libgcc = 12, ca-certificates, /bin/sh
%description
%files
END
    rpmbuild -bb --quiet --define '_topdir /tmp/rpmbuild' --define '_rpmdir /tmp' --define '_rpmfilename distribution.rpm' \
        /tmp/distribution.spec
    # Debian's rpm says each time that Debian has packages of its own.
    rpm -i /tmp/distribution.rpm 2>/dev/null
}

user=root program=exact-odbc users="root analyst" library=/usr/lib/exact-odbc/libexactodbc.so
if [ "$kind" = tar ]; then user=analyst users=analyst drivers=/home/analyst/.odbcinst.ini; fi
if [ "$kind" = rpm ]; then distribution; fi
cat >/tmp/other <<'END'
# written by hand
[Other]
Driver=/usr/lib/other.so   ; beside
UsageCount=2
END
printf '%s\n\n[Exact Online]\nDriver=/opt/old/libexactodbc.so\nDriver64=/opt/old/libexactodbc.so\nThreading=3\nUsageCount=1\n' \
    "$(cat /tmp/other)" >"$drivers"
files >/tmp/before
place() { if [ "$kind" = tar ]; then echo "/home/analyst/$name-$1/lib/exact-odbc/libexactodbc.so"; else echo "$library"; fi; }

install_package "$first"
registered "$(place "$first")"
for who in $users; do begin "$who"; done
for who in $users; do used_by "$who"; done
install_package "$second"
registered "$(place "$second")"
for who in $users; do used_by "$who"; done
for who in $users; do end "$who"; done
remove_package
same "the list of drivers" "$(cat /tmp/other)" "$(cat "$drivers")"
# What the users themselves have made: data sources, sign-ins, and the history of isql.
for home in /root /home/analyst; do rm -rf "$home"/.local "$home"/.odbc.ini* "$home"/.isql_history "$home"/.iusql_history; done
files >/tmp/after
diff /tmp/before /tmp/after || fail "something is left"
echo "   $kind: installed, upgraded from $first to $second, removed; nothing is left"
