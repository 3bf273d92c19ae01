import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Options of the conformance suites' hub: no delays, room for the telemetry of all runtimes at once, and pages at any host. */
export const hubOptions = {
  provisioningRetryAfterSeconds: 0,
  telemetryLimit: 200_000,
  allowedOrigins: ["*"],
};

const program = `
  import { startEmulator } from "@isohub/emulator";
  const { ca, hostName, endpoints } = await startEmulator(JSON.parse(process.argv[1]));
  const { controlUrl, plainPort } = endpoints;
  console.log(JSON.stringify({ ca, controlUrl, plainHost: hostName + ":" + plainPort }));
  process.stdin.on("end", () => process.exit()).resume();
`;

/**
 * Starts the conformance suites' hub from the build, in a separate Node process: for runtimes that can't run it, and for all
 * runtimes of `npm test` together. It ends with its parent.
 */
export async function startSuitesHub() {
  const child = spawn("node", ["--input-type=module", "--eval", program, JSON.stringify(hubOptions)], {
    cwd: fileURLToPath(new URL("../../packages/conformance", import.meta.url)),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const ready = await Promise.race([once(child.stdout, "data"), exited.then(() => undefined)]);
  if (ready === undefined) throw new Error("the hub didn't start; run `npm run build` first");
  return {
    hub: JSON.parse(String(ready[0])),
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
