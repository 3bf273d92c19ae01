// The packages in the tests of applications.
import { describe, it } from "vitest";
import { freshId } from "../device.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { runTool, toolProject } from "./tool-project.ts";

const { hub } = providedPlainHub();

/** A test with a device and a separate emulator. */
const nodeTest = (imports: string): string => `
  ${imports}
  test("a device with its own hub", async () => {
    const emulator = await startEmulator();
    const { connectionString } = await emulator.createDevice("device-1");
    for (const websockets of [false, true]) {
      const client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
        websockets,
        serverVerificationCert: emulator.ca,
      });
      await client.sendMessage({ temperature: 21.5 });
      const { desired } = await client.getTwin();
      expect(desired.$version).toBe(1);
      await client.shutdown();
    }
    await emulator.close();
  }, 60_000);`;

const required = `
  const { IoTHubDeviceClient } = require("@isohub/node");
  const { startEmulator } = require("@isohub/emulator");`;
const imported = `
  import { IoTHubDeviceClient } from "@isohub/node";
  import { startEmulator } from "@isohub/emulator";`;

/** A test that connects with @isohub/browser, and expects the outcome `expected`. */
const pageTest = (imports: string, connectionString: string, expected: string): string => `
  ${imports}
  test("a page's device", async () => {
    let outcome = "connected";
    try {
      const client = IoTHubDeviceClient.createFromConnectionString(${JSON.stringify(connectionString)}, {
        connectionRetry: false,
      });
      await client.connect();
      await client.sendMessage({ temperature: 21.5 });
      await client.shutdown();
    } catch ({ code, message }) {
      outcome = code + ": " + message;
    }
    expect(outcome).toBe(${JSON.stringify(expected)});
  }, 60_000);`;

async function deviceOfPage(): Promise<string> {
  return (await hub.createDevice(freshId())).connectionString;
}

const jest = (project: string): Promise<string> => runTool("jest/bin/jest.js", ["--ci"], project);

async function vitest(environment: string, test: string): Promise<void> {
  const config = `export default { test: { environment: "${environment}", globals: true } };`;
  const files = { "package.json": "{}", "vitest.config.mjs": config, "device.test.mjs": test };
  await runTool("vitest/vitest.mjs", ["run"], await toolProject(files));
}

describe("Test runners: Jest", () => {
  it("@isohub/node and @isohub/emulator with its defaults", async () => {
    await jest(await toolProject({ "package.json": "{}", "device.test.js": nodeTest(required) }));
  });

  it("@isohub/node and @isohub/emulator with ts-jest", async () => {
    await jest(
      await toolProject({
        "package.json": "{}",
        "jest.config.js": 'module.exports = { preset: "ts-jest" };',
        "tsconfig.json":
          '{ "compilerOptions": { "module": "commonjs", "moduleResolution": "node10", "target": "es2022", "strict": true, "skipLibCheck": true, "lib": ["es2022", "esnext.disposable", "dom"], "types": ["jest", "node"] } }',
        "device.test.ts": nodeTest(imported),
      }),
    );
  });

  it("@isohub/browser with jsdom: imports, and an error names what is missing", async () => {
    const imports = `const { IoTHubDeviceClient } = require("@isohub/browser");`;
    const expected = "unsupported_feature: This environment has no TextEncoder and TextDecoder";
    await jest(
      await toolProject({
        "package.json": '{ "jest": { "testEnvironment": "jsdom" } }',
        "device.test.js": pageTest(imports, await deviceOfPage(), expected),
      }),
    );
  });
});

describe("Test runners: Vitest", () => {
  const imports = `import { IoTHubDeviceClient } from "@isohub/browser";`;

  it("@isohub/node and @isohub/emulator", async () => {
    await vitest("node", nodeTest(imported));
  });

  it.each([
    ["jsdom", "connected"],
    ["happy-dom", "connected"],
  ])("@isohub/browser with %s: connects", async (environment, expected) => {
    await vitest(environment, pageTest(imports, await deviceOfPage(), expected));
  });
});
