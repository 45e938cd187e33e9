#!/bin/sh
# Makes /opt/orrery/node_modules with what runs, its own Node.js among it, and /opt/orrery/lib with the libraries that this Node.js needs.
set -eu
cd /opt/orrery

if [ -d /tmp/vendor/node_modules ]; then
    mv /tmp/vendor/node_modules node_modules
else
    # Another Node.js than the one that is being installed runs npm here.
    npm ci --omit=dev --ignore-scripts --engine-strict=false --no-audit --no-fund
fi

rm -rf node_modules/node-*/include node_modules/node-*/share node_modules/node-*/CHANGELOG.md node_modules/node-*/README.md
find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.md' \) ! -iname 'licen[cs]e*' -delete

node=$(echo /opt/orrery/node_modules/node-*/bin/node)
mkdir -p node_modules/.bin lib
ln -sf "../${node#/opt/orrery/node_modules/}" node_modules/.bin/node
if [ -d /tmp/vendor/lib ]; then
    cp /tmp/vendor/lib/* lib/
fi
if LD_LIBRARY_PATH=lib ldd "$node" | grep -q 'libatomic.so.1 => not found'; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends libatomic1
fi
LD_LIBRARY_PATH=lib ldd "$node" | sed -n 's/.*=> \(\/.*\/lib\(atomic\|stdc++\|gcc_s\)\.so\.[0-9]*\) .*/\1/p' | while read -r library; do
    cp -L "$library" lib/
done
