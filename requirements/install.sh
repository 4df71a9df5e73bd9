#!/bin/sh
# Install one lock file into .venv, hashes required: with uv, fetched for this checkout when the
# machine has none, or with venv and pip.
set -eu
lock=$1

python=
for candidate in python3.11 python3; do
  if command -v "$candidate" >/dev/null &&
    "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    python=$(command -v "$candidate")
    break
  fi
done
[ -n "$python" ] || { echo "Python 3.11 is needed (python3.11 or python3)." >&2; exit 1; }

uv=
if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
  uv=uv
elif [ -x .uv/bin/uv ]; then
  uv=.uv/bin/uv
elif "$python" -m pip --version >/dev/null 2>&1 &&
  PIP_BREAK_SYSTEM_PACKAGES=1 "$python" -m pip install -q --root-user-action=ignore --target .uv uv; then
  uv=.uv/bin/uv
fi

if [ -n "$uv" ]; then
  echo "  installing $lock with uv …"
  [ -x .venv/bin/python ] || "$uv" venv -q --allow-existing --python "$python" .venv
  # Compiled once, as pip does: a process that is killed is back in a second, not in three.
  "$uv" pip install -q --compile-bytecode --python .venv/bin/python --require-hashes -r "$lock"
else
  echo "  installing $lock with pip (half a minute) …"
  [ -x .venv/bin/python ] || "$python" -m venv .venv || {
    echo "Install python3-venv or python3-pip (or uv) first." >&2
    exit 1
  }
  .venv/bin/python -m pip install -q --require-hashes -r "$lock"
fi
