#!/usr/bin/env python3
"""Starts the notebook server: below a hub the one that obeys it, else JupyterLab. Further arguments go to the server."""

import os
import shlex
import sys

given = sys.argv[1:]
if "JUPYTERHUB_API_TOKEN" in os.environ:
    command = ["start-singleuser.py", *given]
else:
    kind = os.environ.get("DOCKER_STACKS_JUPYTER_CMD", "lab")
    command = ["jupyter", kind, "--ip=", *shlex.split(os.environ.get("NOTEBOOK_ARGS", "")), *given]
print("start-notebook.py:", shlex.join(command), file=sys.stderr, flush=True)
os.execvp(command[0], command)
