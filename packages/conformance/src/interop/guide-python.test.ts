// The example of docs/guide/testing.md: a device of the Python SDK, tested with a shell script.
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { fileFolder, root } from "../files.ts";
import { runProgram } from "../program.ts";
import { startOfficialHub } from "./official-hub.ts";
import { preparePython } from "./python/prepare.ts";
import { describeUnless } from "./skipping.ts";

const prepared = await preparePython();
const [python, missing] = "python" in prepared ? [prepared.python, undefined] : ["", prepared.missing];
// Finds an address whose port 8883 is free for the script.
const { emulator, refused } = await startOfficialHub();
await emulator.close();
const folder = fileFolder();

describeUnless(missing ?? refused[8883], "the script that tests a Python device", () => {
  it("starts a local hub, and checks telemetry and a method with curl", async () => {
    const { code, output } = await runProgram("sh", ["python-ci.sh"], {
      cwd: join(root, "examples/testing"),
      env: {
        HOST: emulator.hostName === "localhost" ? "127.0.0.1" : emulator.hostName,
        CA_FILE: join(folder, "ca.pem"),
        PATH: `${dirname(python)}:${process.env["PATH"]}`,
      },
    });
    expect(code, output).toBe(0);
  });
});
