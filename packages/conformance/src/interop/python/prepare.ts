import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const cache = fileURLToPath(new URL("../../../../../node_modules/.cache/isohub-interop", import.meta.url));
const run = promisify(execFile);

/** An interpreter with the Python SDK, or the reason why there is none. */
export type Prepared = { readonly python: string } | { readonly missing: string };

/** A virtual environment with packages of PyPI. */
interface Environment {
  readonly folder: string;
  readonly packages: readonly string[];
  /** A program that fails without the packages. */
  readonly check: string;
}

/** Creates a virtual environment with the official SDK for devices, unless an earlier run has. */
export function preparePython(): Promise<Prepared> {
  const version = "2.14.0";
  return prepare({
    folder: join(cache, `azure-iot-device-${version}`),
    packages: [`azure-iot-device==${version}`],
    check: `from azure.iot.device.constant import VERSION; raise SystemExit(VERSION != "${version}")`,
  });
}

/** Creates a virtual environment with the official SDK for services, unless an earlier run has. */
export function preparePythonService(): Promise<Prepared> {
  const version = "2.7.0";
  return prepare({
    folder: join(cache, `azure-iot-hub-${version}`),
    // The SDK imports six without requiring it.
    packages: [`azure-iot-hub==${version}`, "six==1.17.0"],
    check: "import azure.iot.hub",
  });
}

/** Creates a virtual environment with the official SDKs for services and for event readers, unless an earlier run has. */
export function preparePythonMessages(): Promise<Prepared> {
  const [service, eventHub] = ["2.7.0", "5.15.1"];
  return prepare({
    folder: join(cache, `azure-iot-hub-${service}-eventhub-${eventHub}`),
    packages: [`azure-iot-hub==${service}`, `azure-eventhub==${eventHub}`, "six==1.17.0"],
    check: "import azure.iot.hub, azure.eventhub",
  });
}

/** Creates a virtual environment with Adafruit's library for microcontrollers, unless an earlier run has. */
export function prepareMicrocontroller(): Promise<Prepared> {
  const version = "3.0.5";
  return prepare({
    folder: join(cache, `adafruit-${version}`),
    packages: [`adafruit-circuitpython-azureiot==${version}`, "adafruit-circuitpython-minimqtt==8.1.0"],
    check: "import adafruit_azureiot",
  });
}

/** Creates a virtual environment with Eclipse's MQTT client, unless an earlier run has. */
export function preparePaho(): Promise<Prepared> {
  const version = "2.2.0";
  return prepare({
    folder: join(cache, `paho-${version}`),
    packages: [`paho-mqtt==${version}`],
    check: "import paho.mqtt.client",
  });
}

async function prepare({ folder, packages, check }: Environment): Promise<Prepared> {
  const python = interpreter(folder);
  const isReady = (): Promise<boolean> =>
    run(python, ["-c", check]).then(
      () => true,
      () => false,
    );
  if (await isReady()) return { python };
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, "draft-"));
  try {
    await run("python3", ["-m", "venv", draft]);
    await run(interpreter(draft), [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"],
      ...packages,
    ]);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
    return { python };
  } catch (error) {
    // Another run may have created it at the same time.
    if (await isReady()) return { python };
    return { missing: reasonOf(error) };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function interpreter(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}

// The last line of the output has the error of a Python program or pip.
function reasonOf(error: unknown): string {
  const { message, stderr = "" } = error as Error & { stderr?: string };
  return stderr.trim().split("\n").at(-1) || message;
}
