"""JupyterHub with DockerSpawner: the same image, network, volume and rights as Orrery gives. What is not named here is left at its default."""

import json
import os

bench = json.loads(os.environ["ORRERY_BENCH"])
c = get_config()  # noqa: F821

c.JupyterHub.bind_url = bench["origin"]
c.JupyterHub.hub_bind_url = bench["hubBindUrl"]
c.JupyterHub.hub_connect_url = bench["hubConnectUrl"]
c.ConfigurableHTTPProxy.command = bench["proxyCommand"]
c.ConfigurableHTTPProxy.api_url = bench["proxyApiUrl"]
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 60, "slow_stop_timeout": 60}

c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.services = [{"name": "bench", "api_token": bench["token"]}]
c.JupyterHub.load_roles = [
    {"name": "bench", "scopes": ["admin:users", "admin:servers"], "services": ["bench"]}
]

c.JupyterHub.spawner_class = "dockerspawner.DockerSpawner"
c.DockerSpawner.image = bench["image"]
c.DockerSpawner.pull_policy = "skip"
c.DockerSpawner.prefix = bench["prefix"]
c.DockerSpawner.network_name = bench["network"]
c.DockerSpawner.use_internal_ip = True
c.DockerSpawner.volumes = {bench["prefix"] + "-home-{username}": "/home/jovyan"}
c.DockerSpawner.extra_host_config = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "pids_limit": 2048,
}
c.DockerSpawner.remove = True
