import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ProvidedHub } from "./provided-hub.ts";

const program = `
  import { startEmulator } from "@isohub/emulator";
  const { ca, hostName, endpoints } = await startEmulator(JSON.parse(process.argv[1]));
  const { controlUrl, plainPort } = endpoints;
  console.log(JSON.stringify({ ca, controlUrl, plainHost: hostName + ":" + plainPort }));
  process.stdin.on("end", () => process.exit()).resume();
`;

/** The hub in a Node process of its own, on the build, for runtimes that it is not made for. */
export async function startHubProcess(
  options: object,
): Promise<{ hub: ProvidedHub; stop: () => Promise<void> }> {
  const child = spawn("node", ["--input-type=module", "--eval", program, JSON.stringify(options)], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const said = new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (line: Uint8Array) => resolve(new TextDecoder().decode(line)));
    exited.then(() => reject(new Error("the hub did not start; has it been built?")));
  });
  return {
    hub: JSON.parse(await said),
    stop: () => {
      child.stdin.end();
      return exited;
    },
  };
}
