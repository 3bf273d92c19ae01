"""A hub in a container, for tests in Python: pip install testcontainers"""

import json
import re
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

from testcontainers.core.container import DockerContainer

TOKEN = "local-development-only"


def start_hub() -> tuple[DockerContainer, str]:
    """Starts the hub. Returns its container, and the URL of its control API."""
    container = DockerContainer("isohub-emulator")
    container.with_command(f"--control-token {TOKEN} --device device1")
    container.with_exposed_ports(8883, 8080).start()
    base = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(8080)}"
    for _ in range(100):
        try:
            urlopen(f"{base}/health")
            break
        except (URLError, ConnectionError):
            time.sleep(0.1)
    return container, f"{base}/control"


def connection_string_of(container: DockerContainer, control_url: str, device_id: str) -> str:
    """Returns a device's connection string, with the port that leads to the container."""
    request = Request(f"{control_url}/devices/{device_id}", headers={"Authorization": f"Bearer {TOKEN}"})
    device = json.load(urlopen(request))
    host = f"HostName={container.get_container_host_ip()}:{container.get_exposed_port(8883)};"
    return re.sub(r"HostName=[^;]*;", host, str(device["connectionString"]))
