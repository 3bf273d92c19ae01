// The packages as users install them: packed, in an empty folder outside the workspace.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type HostName, hostPath, hosts } from "../../../../scripts/lib/hosts.mjs";
import { packageNamed } from "../../../../scripts/lib/packages.mjs";
import { root } from "../files.ts";
import { Chromium } from "../pages/chromium.ts";
import { serve } from "../pages/page-server.ts";
import { Program } from "../program.ts";
import type {} from "./pack-all.ts";
import { type PackageName, Packed, packageNames } from "./packed.ts";

const chromium = new Chromium();
const packed = new Packed(inject("packed"));

const bin = (name: string): string => join(root, "node_modules/.bin", name);

async function entries(name: PackageName): Promise<string[]> {
  const { exports } = JSON.parse(await packed.read(name, "package.json"));
  // A schema is a document, which editors read.
  const modules = Object.keys(exports).filter((path) => !path.endsWith(".json"));
  return modules.map((path) => `${packageNamed(name).manifest.name}${path.slice(1)}`);
}

describe.each(packageNames)("@isohub/%s", (name) => {
  it("passes publint", async () => {
    const tarball = (await packed.tarball(name)).slice().buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });

  it("has types that resolve to the modules that run", async () => {
    const result = await checkPackage(createPackageFromTarballData(await packed.tarball(name)), {
      // A script and schemas, which aren't modules.
      excludeEntrypoints: ["./global", /\.json$/],
    });
    const problems = result.types === false ? ["no types"] : result.problems;
    // Deno, and the Node versions that the simulator supports, have no older resolvers.
    const ours = modulesOnly.includes(name)
      ? problems.filter((problem) => !isAboutRequire(problem))
      : problems;
    expect(ours).toEqual([]);
  });

  it("has no side effects, and is published without sources, source maps and tests", async () => {
    const manifest = JSON.parse(await packed.read(name, "package.json"));
    expect(manifest).toMatchObject({ type: "module", sideEffects: false, license: "MIT" });
    expect(manifest).not.toHaveProperty("devDependencies");
    expect(JSON.stringify(manifest)).not.toMatch(/workspace:|prepack/);
    const files = await packed.files(name);
    expect(files.filter((file) => /\.test\.|tsbuildinfo|\.cjs$|\.map$|^src\//.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(["README.md", "LICENSE", "build/index.d.ts", "dist/index.js"]),
    );
    for (const file of files.filter((each) => /\.[jt]s$/.test(each))) {
      expect(await packed.read(name, file), file).not.toMatch(/^\/\/# sourceMappingURL=/m);
    }
  });

  it("has a README whose links work outside the repository", async () => {
    const readme = await packed.read(name, "README.md");
    const links = [...readme.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/\]\(([^)\s]+)\)/g)];
    expect(links.map(([, target]) => target).filter((target) => !/^(#|https?:)/.test(target ?? ""))).toEqual(
      [],
    );
  });

  it("can't be packed by hand", async () => {
    const packing = promisify(execFile)("npm", ["pack", "--dry-run"], { cwd: join(root, "packages", name) });
    await expect(packing).rejects.toMatchObject({
      stderr: expect.stringContaining("Packages must be packed by `npm run pack` at the root"),
    });
  });
});

/** Packages without CommonJS. Node 20.19 and later can require them. */
const modulesOnly = ["deno", "simulator", "artillery-engine"];

const aboutRequire = ["CJSResolvesToESM", "NoResolution"];
const isAboutRequire = (problem: string | { kind: string; resolutionKind?: string }): boolean =>
  typeof problem !== "string" &&
  aboutRequire.includes(problem.kind) &&
  (problem.resolutionKind === "node16-cjs" || problem.resolutionKind === "node10");

describe("types of all packages", () => {
  const withEmulatorTypes = ["emulator", "isohub", "simulator", "artillery-engine"];
  const commonJsWithEmulator = withEmulatorTypes.filter((name) => !modulesOnly.includes(name));
  const forDevices = packageNames.filter((name) => !withEmulatorTypes.includes(name));
  const commonJs = forDevices.filter((name) => !modulesOnly.includes(name));
  const lib = ["--lib", "es2022,esnext.disposable,dom", "--skipLibCheck", "false"];
  // The emulator's types use those of Node and of Hono.
  const withEmulator = ["--lib", "es2022,esnext.disposable,dom", "--skipLibCheck"];
  const typescript59 = join(root, "packages/conformance/node_modules/typescript-5.9/bin/tsc");

  async function compile(
    compiler: string,
    names: PackageName[],
    extension: string,
    settings: string[],
  ): Promise<void> {
    const lines = (await Promise.all(names.map(entries)))
      .flat()
      .filter((entry) => !entry.endsWith("/global"))
      .map((entry, index) => `import * as entry${index} from "${entry}"; export { entry${index} };`);
    const name = settings.join("-").replaceAll(/[^\w]+/g, "-");
    const file = await packed.write(`types-${name}.${extension}`, `${lines.join("\n")}\n`);
    const strict = ["--noEmit", "--strict", "--target", "es2022", "--exactOptionalPropertyTypes"];
    await packed.run(compiler, [...strict, ...settings, file]);
  }

  it("resolve in nodenext", async () => {
    await compile(bin("tsc"), forDevices, "ts", ["--module", "nodenext", ...lib]);
  });

  it("resolve in a program for Node without the web's types", async () => {
    const node = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
    const forNode = ["core", "node"];
    await compile(bin("tsc"), forNode, "mts", ["--module", "nodenext", "--lib", "es2022", ...node]);
  });

  // Their typed arrays aren't generic.
  it.each(forDevices)("of @isohub/%s can be read by versions of TypeScript before 5.7", async (name) => {
    const declarations = (await packed.files(name)).filter((file) => file.endsWith(".d.ts"));
    for (const file of declarations) {
      const code = (await packed.read(name, file)).replaceAll(/\/\*[\s\S]*?\*\//g, "");
      expect(code, file).not.toMatch(/\b(Uint8Array|ArrayBufferView|DataView)</);
    }
  });

  it("resolve with a bundler", async () => {
    const bundler = ["--module", "esnext", "--moduleResolution", "bundler"];
    await compile(bin("tsc"), forDevices, "ts", [...bundler, ...lib]);
  });

  it("resolve in a CommonJS file, with TypeScript 7 and 5.9", async () => {
    await compile(bin("tsc"), commonJs, "cts", ["--module", "nodenext", ...lib]);
    await compile(typescript59, commonJs, "cts", ["--module", "node16", ...lib]);
    await compile(typescript59, commonJsWithEmulator, "cts", ["--module", "node16", ...withEmulator]);
  });

  it("resolve with TypeScript 5.9 and moduleResolution node10", async () => {
    const node10 = ["--module", "commonjs", "--moduleResolution", "node10"];
    await compile(typescript59, commonJs, "ts", [...node10, ...lib]);
    await compile(typescript59, commonJsWithEmulator, "ts", [...node10, ...withEmulator]);
  });
});

/** A program that runs a hub of the installed emulator. */
const hubProgram = `
  import { startEmulator } from "@isohub/emulator";
  const emulator = await startEmulator();
  const { ca } = emulator;
  const { connectionString, pageConnectionString: plain } = await emulator.createDevice("device-1");
  console.log(JSON.stringify({ connectionString, plain, ca }));
  process.stdin.on("end", () => process.exit()).resume();`;

/** Returns a program that runs a device. It gets the connection string and the options as arguments. */
const deviceProgram = (from: string): string => `
  import { IoTHubDeviceClient } from "${from}";
  const [connectionString, options] = globalThis.Deno?.args ?? process.argv.slice(2);
  const client = IoTHubDeviceClient.createFromConnectionString(connectionString, JSON.parse(options));
  client.handleMethod("ping", () => ({ payload: "pong" }));
  await client.sendMessage({ temperature: 21.5 });
  const { desired } = await client.getTwin();
  await client.shutdown();
  console.log("twin", desired.$version);`;

/** The same device as CommonJS. */
const requiringProgram = `
  const { IoTHubDeviceClient } = require("@isohub/node");
  const { startEmulator } = require("@isohub/emulator");
  (async () => {
    const emulator = await startEmulator();
    const { connectionString } = await emulator.createDevice("device-1");
    const client = IoTHubDeviceClient.createFromConnectionString(connectionString, { serverVerificationCert: emulator.ca });
    await client.sendMessage({ temperature: 21.5 });
    const { desired } = await client.getTwin();
    await client.shutdown();
    await emulator.close();
    console.log("twin", desired.$version);
  })();`;

/** A program that has the packages twice: as ES modules, and as CommonJS. */
const twiceProgram = `
  import { createRequire } from "node:module";
  import assert from "node:assert";
  import * as modules from "@isohub/node";
  const required = createRequire(import.meta.url)("@isohub/node");
  assert.notEqual(required.Message, modules.Message);
  const [connectionString, options] = process.argv.slice(2);
  const client = required.IoTHubDeviceClient.createFromConnectionString(connectionString, JSON.parse(options));
  assert(client instanceof modules.IoTHubDeviceClient);
  const message = new modules.Message("body");
  message.customProperties = { copy: "other" };
  await client.sendMessage(message);
  const error = await client.sendMessage("x".repeat(300_000)).catch((error) => error);
  assert(error instanceof modules.ArgumentError && error instanceof required.ArgumentError);
  await client.shutdown();
  console.log("one");`;

describe("installed", () => {
  let hub: { connectionString: string; plain: string; ca: string };
  let hubProcess: Program;
  beforeAll(async () => {
    hubProcess = new Program(process.execPath, [await packed.write("hub.mjs", hubProgram)], {
      cwd: packed.project,
    });
    const [line] = await hubProcess.printed(/^\{.*\}$/m);
    hub = JSON.parse(line);
  });
  afterAll(() => hubProcess?.kill());

  const deno = ["run", "--quiet", "--node-modules-dir=manual", "--allow-net"];
  const runtimes: [string, PackageName, () => string, string[]][] = [
    ["this Node", "node", () => process.execPath, ["--unhandled-rejections=strict"]],
    ...(Object.keys(hosts) as HostName[]).map((host): [string, PackageName, () => string, string[]] => [
      hosts[host].title,
      "node",
      () => hostPath(host),
      host === "bun" ? ["run"] : ["--unhandled-rejections=strict"],
    ]),
    ["Deno", "deno", () => bin("deno"), deno],
  ];
  it.each(runtimes.flatMap((runtime) => [false, true].map((websockets) => ({ runtime, websockets }))))(
    "a device runs on $runtime.0, websockets: $websockets",
    async ({ runtime, websockets }) => {
      const [, name, program, args] = runtime;
      const file = await packed.write(`device-${name}.mjs`, deviceProgram(`@isohub/${name}`));
      const options = JSON.stringify({ websockets, serverVerificationCert: hub.ca });
      // The hub's plain port needs no trust.
      const [to, given] =
        name === "deno" && websockets ? [hub.plain, '{"websockets":true}'] : [hub.connectionString, options];
      expect(await packed.run(program(), [...args, file, to, given])).toBe("twin 1");
    },
  );

  it("a device and an emulator run as CommonJS", async () => {
    const file = await packed.write("device.cjs", requiringProgram);
    expect(await packed.run(process.execPath, ["--unhandled-rejections=strict", file])).toBe("twin 1");
  });

  it("the ES modules and the CommonJS build recognize each other's objects", async () => {
    const file = await packed.write("twice.mjs", twiceProgram);
    const options = JSON.stringify({ serverVerificationCert: hub.ca });
    expect(await packed.run(process.execPath, [file, hub.connectionString, options])).toBe("one");
  });

  it("the MQTT.js engine without the package mqtt is a fatal error that names it", async () => {
    const file = await packed.write(
      "mqttjs.mjs",
      `import { IoTHubDeviceClient } from "@isohub/node";
       import { mqttJsEngine as engine } from "@isohub/node/mqttjs";
       const [connectionString, serverVerificationCert] = process.argv.slice(2);
       const client = IoTHubDeviceClient.createFromConnectionString(connectionString, { engine, serverVerificationCert });
       const { code, retryable, remediation } = await client.connect().catch((error) => error);
       console.log(code, retryable, remediation);`,
    );
    expect(await packed.run(process.execPath, [file, hub.connectionString, hub.ca])).toBe(
      "package_missing false npm install mqtt@~5.16.0",
    );
  });

  it("@isohub/node for a page is an error that names @isohub/browser", async () => {
    const file = await packed.write(
      "page.mjs",
      `import { IoTHubDeviceClient } from "@isohub/node";
       import { mqttJsEngine } from "@isohub/node/mqttjs";
       try {
         IoTHubDeviceClient.createFromConnectionString(process.argv[2]);
       } catch ({ name, code, remediation }) {
         console.log(name, code, remediation);
       }`,
    );
    expect(await packed.run(process.execPath, ["--conditions=browser", file, hub.connectionString])).toBe(
      "UnsupportedFeatureError unsupported_feature Install @isohub/browser, and import that package instead",
    );
  });

  it("a device runs in a page", async () => {
    const page = `<!doctype html><meta charset="utf-8"><script type="importmap">{"imports":{"@isohub/browser":"/dist/index.js"}}</script>`;
    const files = async (path: string): Promise<string> =>
      path === "/index.html" ? page : packed.read("browser", path.slice(1));
    const { page: opened } = await chromium.open(await serve(files));
    // A string, because the compiler of this file would resolve the import itself.
    const version = await opened.evaluate(`import("@isohub/browser").then(async ({ IoTHubDeviceClient }) => {
      const client = IoTHubDeviceClient.createFromConnectionString(${JSON.stringify(hub.plain)});
      await client.sendMessage({ temperature: 21.5 });
      const { desired } = await client.getTwin();
      await client.shutdown();
      return desired.$version;
    })`);
    expect(version).toBe(1);
  });

  it("every entry can be imported and required", async () => {
    const names = (await Promise.all(packageNames.map(entries))).flat();
    const lines = names
      .filter((entry) => !entry.endsWith("/global"))
      .map((entry) => `if (Object.keys(await import("${entry}")).length === 0) throw new Error("${entry}");`);
    await packed.run(process.execPath, [await packed.write("imports.mjs", lines.join("\n"))]);
    const required = names
      .filter((entry) => !/\/global$|^@isohub\/deno/.test(entry))
      .map((entry) => `if (Object.keys(require("${entry}")).length === 0) throw new Error("${entry}");`);
    await packed.run(process.execPath, [await packed.write("requires.cjs", required.join("\n"))]);
  });

  it("the emulator has a command", async () => {
    expect(await packed.run("npx", ["--no-install", "isohub-emulator", "--help"])).toContain(
      "--official-ports",
    );
    expect(await packed.run("npx", ["--no-install", "isohub", "emulator", "--help"])).toContain(
      "Usage: isohub emulator [options]",
    );
  });

  it("@isohub/node takes at most 3 packages and 5 MiB with its dependencies", async () => {
    const alone = await packed.other(["core", "node"]);
    const list = await alone.run("npm", ["ls", "--all", "--parseable"]);
    const [kilobytes] = (await alone.run("du", ["--apparent-size", "-sk", "node_modules"])).split("\t");
    await alone.remove();
    // The first line is the project.
    expect(list.split("\n").slice(1).length).toBeLessThanOrEqual(3);
    expect(Number(kilobytes)).toBeLessThanOrEqual(5 * 1024);
  });
});
