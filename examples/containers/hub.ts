// A hub in a container, for tests on Node: npm install --save-dev testcontainers
import { GenericContainer, type StartedTestContainer, Wait } from "testcontainers";

const token = "local-development-only";

export async function startHub(): Promise<{
  container: StartedTestContainer;
  controlUrl: string;
  ca: string;
}> {
  const container = await new GenericContainer("isohub-emulator")
    .withCommand(["--control-token", token, "--device", "device1"])
    .withExposedPorts(8883, 8080)
    .withWaitStrategy(Wait.forHttp("/health", 8080))
    .start();
  const controlUrl = `http://${container.getHost()}:${container.getMappedPort(8080)}/control`;
  const ca = await (await fetch(`${controlUrl}/ca.pem`)).text();
  return { container, controlUrl, ca };
}

/** Returns a device's connection string, with the port that leads to the container. */
export async function connectionStringOf(
  container: StartedTestContainer,
  controlUrl: string,
  deviceId: string,
) {
  const headers = { authorization: `Bearer ${token}` };
  const device = await (await fetch(`${controlUrl}/devices/${deviceId}`, { headers })).json();
  const host = `HostName=${container.getHost()}:${container.getMappedPort(8883)};`;
  return String(device.connectionString).replace(/HostName=[^;]*;/, host);
}
