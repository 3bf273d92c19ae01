import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const version = "2.14.0";
const cache = fileURLToPath(new URL("../../../../../node_modules/.cache/isohub-interop", import.meta.url));
const environment = join(cache, `azure-iot-device-${version}`);
const run = promisify(execFile);

/** An interpreter with the Python SDK, or the reason why there is none. */
export type Prepared = { readonly python: string } | { readonly missing: string };

/** Creates a virtual environment with the official Python SDK, unless an earlier run has. */
export async function preparePython(): Promise<Prepared> {
  const python = interpreter(environment);
  if (await hasSdk(python)) return { python };
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, "draft-"));
  try {
    await run("python3", ["-m", "venv", draft]);
    await run(interpreter(draft), [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"],
      `azure-iot-device==${version}`,
    ]);
    await rm(environment, { recursive: true, force: true });
    await rename(draft, environment);
    return { python };
  } catch (error) {
    // Another run may have created it at the same time.
    if (await hasSdk(python)) return { python };
    return { missing: reasonOf(error) };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function hasSdk(python: string): Promise<boolean> {
  const check = `from azure.iot.device.constant import VERSION; raise SystemExit(VERSION != "${version}")`;
  return run(python, ["-c", check]).then(
    () => true,
    () => false,
  );
}

function interpreter(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}

// The last line of the output has the error of a Python program or pip.
function reasonOf(error: unknown): string {
  const { message, stderr = "" } = error as Error & { stderr?: string };
  return stderr.trim().split("\n").at(-1) || message;
}
