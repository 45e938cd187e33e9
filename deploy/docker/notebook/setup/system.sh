#!/bin/bash
# Python, an init and the user jovyan (1000:100); what the image has already stays as it is.
set -euo pipefail

missing=()
command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
command -v tini >/dev/null || missing+=(tini)
if ((${#missing[@]} > 0)) && ! command -v jupyterhub-singleuser >/dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends ca-certificates "${missing[@]}"
    rm -rf /var/lib/apt/lists/*
fi

if ! id jovyan >/dev/null 2>&1; then
    # Some images bring a user of their own with this number.
    other=$(getent passwd 1000 | cut -d: -f1 || true)
    [[ -z "$other" ]] || userdel --remove "$other" 2>/dev/null
    useradd --no-log-init --create-home --shell /bin/bash --uid 1000 --gid 100 jovyan
    install -d -o 1000 -g 100 /home/jovyan/work
fi

for script in /opt/orrery/setup/bin/*; do
    name=$(basename "$script")
    command -v "$name" >/dev/null || install -m 0755 "$script" "/usr/local/bin/$name"
done
mkdir -p /usr/local/bin/start-notebook.d /usr/local/bin/before-notebook.d
