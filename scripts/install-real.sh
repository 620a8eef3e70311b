#!/usr/bin/env bash
# Installs what tests and benches are judged by, where it is missing: test suites that others wrote, from npm, and real
# programs, from Debian's packages.
set -euo pipefail

judges="$(cd "$(dirname "$0")/../test/judges" && pwd)"
[ -e "$judges/node_modules/.package-lock.json" ] || (cd "$judges" && npm ci --no-audit --no-fund --ignore-scripts)

packages=()
command -v redis-server >/dev/null && command -v redis-cli >/dev/null && command -v redis-benchmark >/dev/null || packages+=(redis-server redis-tools)
command -v chromium >/dev/null || packages+=(chromium)
command -v prometheus >/dev/null && command -v promtool >/dev/null || packages+=(prometheus)
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || packages+=(postgresql)
if [ ${#packages[@]} -eq 0 ]; then exit 0; fi

if ! command -v apt-get >/dev/null; then
  echo "install-real: needs ${packages[*]}, and can only install them with apt-get" >&2
  exit 1
fi
# A package of a service must not start it here.
printf '#!/bin/sh\nexit 101\n' >/tmp/ashlar-policy-rc.d && chmod +x /tmp/ashlar-policy-rc.d
placed=""
if [ ! -e /usr/sbin/policy-rc.d ]; then
  cp /tmp/ashlar-policy-rc.d /usr/sbin/policy-rc.d
  placed=yes
fi
trap '[ -z "$placed" ] || rm -f /usr/sbin/policy-rc.d; rm -f /tmp/ashlar-policy-rc.d' EXIT
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends "${packages[@]}"
