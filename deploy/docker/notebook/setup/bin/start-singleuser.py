#!/usr/bin/env python3
"""Starts the notebook server of a hub; everything it has to know stands in its environment. Further arguments go to the server."""

import os
import shlex
import sys

command = ["jupyterhub-singleuser", *shlex.split(os.environ.get("NOTEBOOK_ARGS", "")), *sys.argv[1:]]
print("start-singleuser.py:", shlex.join(command), file=sys.stderr, flush=True)
os.execvp(command[0], command)
