#!/bin/bash
# Makes /opt/jupyter with the packages of $PACKAGES; an empty folder when the image has a notebook server already.
set -euo pipefail

mkdir -p /opt/jupyter
if command -v jupyterhub-singleuser >/dev/null; then
    exit 0
fi
offline=()
if compgen -G '/tmp/wheels/*.whl' >/dev/null; then
    offline=(--no-index --find-links /tmp/wheels)
fi
python3 -m venv /opt/jupyter
read -ra packages <<<"$PACKAGES"
/opt/jupyter/bin/pip install --no-cache-dir --disable-pip-version-check --no-input "${offline[@]}" "${packages[@]}"
/opt/jupyter/bin/jupyterhub-singleuser --version
