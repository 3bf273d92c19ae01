import { afterAll } from "vitest";
import { startOfficialHub } from "./official-hub.ts";
import { pythonSuite } from "./python/device-suite.ts";
import { preparePython } from "./python/prepare.ts";
import { describeUnless } from "./skipping.ts";

const prepared = await preparePython();
const { emulator: hub, refused } = await startOfficialHub();
afterAll(() => hub.close());

for (const [title, websockets, port] of [
  ["the official Python client over TLS", false, 8883],
  ["the official Python client over WebSockets", true, 443],
] as const) {
  const [python, missing] = "python" in prepared ? [prepared.python, undefined] : ["", prepared.missing];
  describeUnless(missing ?? refused[port], title, () => pythonSuite({ hub, python, websockets }));
}
