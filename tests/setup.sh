#!/usr/bin/env bash
# Installs what the tests need on Debian; a step whose result is already there is skipped.
#
#   Chromium and a Chinese font     by apt-get          needed
#   Node >= 20.19, packages of web/ by apt-get and npm  needed
#   Python with the query engines   in a venv           without it two tests are left out, loudly
#
# DONGCHA_REQUIRE_BROWSER=0 lets the tests run without a browser.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
TOOLS="${DONGCHA_TOOLS:-$(realpath -m "${CARGO_TARGET_DIR:-target}")/tools}"
PATH="$TOOLS/node/node_modules/node/bin:$PATH"
browser="${CHROMIUM:-/usr/bin/chromium}"
mkdir -p "$TOOLS"

heading() { printf '\n== setup: %s\n' "$1"; }
notice() { printf 'NOTICE: %s\n' "$1" >&2; }
fail() {
  printf 'setup failed: %s\n' "$1" >&2
  exit 1
}

# Installs Debian packages, as root or by sudo.
updated=no
install() {
  command -v apt-get >/dev/null || return 1
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || return 1
    sudo=(sudo)
  fi
  if [ "$updated" = no ]; then
    "${sudo[@]}" apt-get update -q || return 1
    updated=yes
  fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "$@"
}

node_is_new() {
  hash -r # the shell remembers where node was before the install
  command -v node >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);'
}

setup_browser() {
  [ "${DONGCHA_REQUIRE_BROWSER:-1}" = 0 ] && return
  local missing=()
  [ -x "$browser" ] || missing+=(chromium)
  compgen -G '/usr/share/fonts/*/noto/NotoSansCJK*' >/dev/null || missing+=(fonts-noto-cjk)
  [ "${#missing[@]}" -eq 0 ] && return
  heading "${missing[*]}"
  install "${missing[@]}" || fail "install ${missing[*]} (apt-get could not), or set \
DONGCHA_REQUIRE_BROWSER=0 to leave the browser tests out"
  [ -x "$browser" ] || fail "no browser at $browser; set CHROMIUM to yours"
}

setup_node() {
  if ! command -v npm >/dev/null; then
    heading "Node and npm"
    install nodejs npm || fail "install Node 20.19 or newer with npm"
  fi
  if ! node_is_new; then
    heading "Node 22 beside Debian's older one"
    npm install --silent --no-fund --no-audit --prefix "$TOOLS/node" node@22 ||
      fail "install Node 20.19 or newer"
    node_is_new || fail "install Node 20.19 or newer"
  fi
  # npm writes the inner lock file last; older than the outer one means another set of packages.
  if [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
    heading "Node packages of web/"
    (cd web && npm ci --no-fund --no-audit) || fail "npm ci in web/ did not finish"
    touch web/node_modules/.package-lock.json
  fi
}

setup_python() {
  local python="$TOOLS/python/bin/python3" imports='import duckdb, pandas, polars, pyarrow'
  "$python" -c "$imports" 2>/dev/null && return
  heading "DuckDB, pandas, Polars and pyarrow for Python"
  if ! python3 -m venv --clear "$TOOLS/python" >/dev/null 2>&1; then
    install python3 python3-venv && python3 -m venv --clear "$TOOLS/python" || true
  fi
  "$TOOLS/python/bin/pip" install --quiet --disable-pip-version-check \
    -r tests/requirements.txt && "$python" -c "$imports" ||
    notice "no Python query engines; the tests that need them will say so and do nothing"
}

setup_browser
setup_node
setup_python
