import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../files.ts";
import { exclusively } from "../exclusively.ts";
import versions from "./versions.json" with { type: "json" };

const cache = join(root, "node_modules/.cache/isohub-interop");
type PackageName = keyof typeof versions;

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
  return prepare({
    folder: folderOf("azure-iot-device"),
    packages: [pinned("azure-iot-device")],
    check: `from azure.iot.device.constant import VERSION; raise SystemExit(VERSION != "${versions["azure-iot-device"]}")`,
  });
}

/** Creates a virtual environment with the official SDK for services, unless an earlier run has. */
export function preparePythonService(): Promise<Prepared> {
  return prepare({
    folder: folderOf("azure-iot-hub"),
    // The SDK imports six without requiring it.
    packages: [pinned("azure-iot-hub"), pinned("six")],
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
  return prepare({
    folder: folderOf("adafruit-circuitpython-azureiot"),
    packages: [pinned("adafruit-circuitpython-azureiot"), pinned("adafruit-circuitpython-minimqtt")],
    check: "import adafruit_azureiot",
  });
}

/** Creates a virtual environment with Eclipse's MQTT client, unless an earlier run has. */
export function preparePaho(): Promise<Prepared> {
  return prepare({
    folder: folderOf("paho-mqtt"),
    packages: [pinned("paho-mqtt")],
    check: "import paho.mqtt.client",
  });
}

function folderOf(name: PackageName): string {
  return join(cache, `${name}-${versions[name]}`);
}

function pinned(name: PackageName): string {
  return `${name}==${versions[name]}`;
}

async function prepare({ folder, packages, check }: Environment): Promise<Prepared> {
  const python = interpreter(folder);
  const isReady = (): Promise<boolean> =>
    run(python, ["-c", check]).then(
      () => true,
      () => false,
    );
  if (await isReady()) return { python };
  return exclusively("pip", async () => {
    // Another process may have created it in the meantime.
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
      return { missing: reasonOf(error) };
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  });
}

function interpreter(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}

// The last line of the output has the error of a Python program or pip.
function reasonOf(error: unknown): string {
  const { message, stderr = "" } = error as Error & { stderr?: string };
  return stderr.trim().split("\n").at(-1) || message;
}
