import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What the hub of the conformance suites is like: no waiting, and room for the telemetry of all runtimes at once. */
export const hubOptions = { provisioningRetryAfterSeconds: 0, telemetryLimit: 200_000 };

const program = `
  import { startEmulator } from "@isohub/emulator";
  const { ca, hostName, endpoints } = await startEmulator(JSON.parse(process.argv[1]));
  const { controlUrl, plainPort } = endpoints;
  console.log(JSON.stringify({ ca, controlUrl, plainHost: hostName + ":" + plainPort }));
  process.stdin.on("end", () => process.exit()).resume();
`;

/**
 * The hub of the conformance suites in a Node process of its own, on the build: for runtimes that it is not made for, and for
 * all runtimes of a run together. It ends with its parent.
 */
export async function startHubProcess() {
  const child = spawn("node", ["--input-type=module", "--eval", program, JSON.stringify(hubOptions)], {
    cwd: fileURLToPath(new URL("../../packages/conformance", import.meta.url)),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const said = await Promise.race([once(child.stdout, "data"), exited.then(() => undefined)]);
  if (said === undefined) throw new Error("the hub did not start; has it been built?");
  return {
    hub: JSON.parse(String(said[0])),
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
