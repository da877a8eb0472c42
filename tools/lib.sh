# Shared by tools/quickstart and tools/test: packages, Python, the build. POSIX sh; sourced, not run.
# The caller has set `root` to the top folder of the project.
# shellcheck shell=sh disable=SC2034 # what is set here is used by the callers
: "${root:?}"

# One row a package: what shows that it is there, and its name in Debian.
#   command:NAME   a program on PATH
#   module:NAME    a module of /usr/bin/python3
#   library:NAME   a library known to pkg-config
#   file:PATH      a file
BUILD_PACKAGES='command:gcc gcc
file:/usr/include/stdio.h libc6-dev
command:meson meson
command:ninja ninja-build
command:re2c re2c
command:bison bison
command:pkg-config pkg-config
command:clang-19 clang-19
library:cmocka libcmocka-dev
library:zlib zlib1g-dev
file:/usr/bin/python3 python3
module:numpy python3-numpy'

TEST_PACKAGES='command:clang-14 clang-14
command:tcc tcc
command:shellcheck shellcheck'

say() {
    printf '%s\n' "$*"
}

# Is the thing named by a row's first word there?
package_is_there() {
    case $1 in
        command:*) command -v "${1#command:}" >/dev/null 2>&1 ;;
        module:*) /usr/bin/python3 -c "import ${1#module:}" >/dev/null 2>&1 ;;
        library:*) pkg-config --exists "${1#library:}" >/dev/null 2>&1 ;;
        file:*) [ -e "${1#file:}" ] ;;
    esac
}

# The Debian names of what is missing of the rows on standard input, on one line.
missing_packages() {
    missing=
    while read -r sign package; do
        package_is_there "$sign" || missing="$missing $package"
    done
    say "${missing# }"
}

# Installs what is missing of the given rows; asks nothing. Without the right to install: says
# which line to run, and ends.
install_missing() {
    packages=$(say "$1" | missing_packages)
    [ -n "$packages" ] || return 0
    line="apt-get install -y --no-install-recommends $packages"
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    else
        as_root=none
    fi
    if [ "$as_root" = none ] || ! command -v apt-get >/dev/null 2>&1; then
        say "Missing: $packages" >&2
        say "Run this as root, then start again:" >&2
        say "  $line" >&2
        exit 1
    fi
    say "Installing $packages"
    # shellcheck disable=SC2086 # as_root and packages are lists of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null || exit 1
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive $line >/dev/null || exit 1
}

# A Python with NumPy: the first on PATH if it has it, else Debian's.
find_python() {
    if command -v python3 >/dev/null 2>&1 && python3 -c 'import numpy' >/dev/null 2>&1; then
        command -v python3
    else
        say /usr/bin/python3
    fi
}

# Builds the given targets (none: all that is built by default) in build/. Silent unless it fails.
build_project() {
    log=$root/build/build.log
    mkdir -p "$root/build"
    if [ ! -e "$root/build/build.ninja" ]; then
        if ! meson setup "$root/build" "$root" --buildtype=release >"$log" 2>&1; then
            cat "$log" >&2
            return 1
        fi
    fi
    if ! ninja -C "$root/build" "$@" >"$log" 2>&1; then
        cat "$log" >&2
        return 1
    fi
}
