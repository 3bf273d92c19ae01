import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../files.ts";

const cache = join(root, "node_modules/.cache/isohub-interop");
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

/** Creates a virtual environment with what the example of a service requires, unless an earlier run has. */
export async function preparePythonSystem(): Promise<Prepared> {
  const file = join(root, "examples/service/python/requirements.txt");
  const hash = createHash("sha256")
    .update(await readFile(file))
    .digest("hex")
    .slice(0, 8);
  return prepare({
    folder: join(cache, `service-${hash}`),
    packages: ["--requirement", file],
    check: "import azure.iot.hub, azure.eventhub, azure.iot.device",
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
