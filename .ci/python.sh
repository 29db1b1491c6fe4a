#!/bin/sh
# Print the first Python that likewise runs on: the one asked for, else the usual names.
suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

if [ -n "$1" ]; then
    suits "$1" && command -v "$1" && exit 0
    echo "PYTHON=$1 is not a Python 3.11, 3.12 or 3.13; name another, as in: make demo PYTHON=python3.12" >&2
    exit 1
fi
for name in python3 python3.13 python3.12 python3.11 python; do
    suits "$name" && command -v "$name" && exit 0
done
echo "likewise needs Python 3.11, 3.12 or 3.13, and found none; install one, or name it: make demo PYTHON=/path/to/python3.12" >&2
exit 1
