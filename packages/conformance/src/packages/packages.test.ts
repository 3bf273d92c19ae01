// The packages as users install them: packed, in an empty folder outside the workspace.
import { dirname, join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostName, hostPath, hosts } from "../../../../scripts/lib/hosts.mjs";
import { Chromium } from "../chromium.ts";
import { root } from "../files.ts";
import { serve } from "../page-server.ts";
import { Program } from "../program.ts";
import { type PackageName, Packed, packageNames } from "./packed.ts";

const chromium = new Chromium();
let packed: Packed;
beforeAll(async () => {
  packed = await Packed.create();
});
afterAll(() => packed?.remove());

const bin = (name: string): string => join(root, "node_modules/.bin", name);

async function entries(name: PackageName): Promise<string[]> {
  const { exports } = JSON.parse(await packed.read(name, "package.json"));
  return Object.keys(exports).map((path) => `@isohub/${name}${path.slice(1)}`);
}

describe.each(packageNames)("@isohub/%s", (name) => {
  it("passes publint", async () => {
    const tarball = (await packed.tarball(name)).slice().buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });

  it("has types that resolve to the modules that run", async () => {
    const result = await checkPackage(createPackageFromTarballData(await packed.tarball(name)), {
      // A script, not a module.
      excludeEntrypoints: ["./global"],
    });
    const problems = result.types === false ? ["no types"] : result.problems;
    // ESM only. Node 20.19 and later can require() it, which these rules don't know yet.
    const ours = problems.filter((problem) => typeof problem === "string" || !isAboutRequire(problem));
    expect(ours).toEqual([]);
  });

  it("is only ESM, without side effects, with its sources and source maps, and without tests", async () => {
    const manifest = JSON.parse(await packed.read(name, "package.json"));
    expect(manifest).toMatchObject({ type: "module", sideEffects: false, license: "MIT" });
    expect(JSON.stringify(manifest)).not.toContain("workspace:");
    const files = await packed.files(name);
    expect(files.filter((file) => /\.test\.|tsbuildinfo|\.cjs$/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "src/index.ts", "dist/index.js"]));
    for (const file of files.filter((each) => each.startsWith("dist/") && each.endsWith(".js"))) {
      const map = JSON.parse(await packed.read(name, `${file}.map`));
      // Each source is in the map or in the package.
      const missing = map.sources.filter(
        (source: string, index: number) =>
          typeof map.sourcesContent?.[index] !== "string" &&
          !files.includes(join(dirname(file), map.sourceRoot ?? "", source)),
      );
      expect(missing, `${file}.map`).toEqual([]);
    }
    const declarations = files.filter((file) => file.startsWith("build/") && file.endsWith(".d.ts"));
    for (const file of declarations) expect(files).toContain(`${file}.map`);
  });
});

const aboutRequire = ["CJSResolvesToESM", "NoResolution"];
const isAboutRequire = (problem: { kind: string; resolutionKind?: string }): boolean =>
  aboutRequire.includes(problem.kind) &&
  (problem.resolutionKind === "node16-cjs" || problem.resolutionKind === "node10");

describe("types of all packages", () => {
  const forDevices = packageNames.filter((name) => name !== "emulator");
  const compile = async (moduleSetting: string[], lib: string, names: PackageName[]): Promise<string> => {
    const lines = (await Promise.all(names.map(entries)))
      .flat()
      .filter((entry) => !entry.endsWith("/global"))
      .map((entry, index) => `import * as entry${index} from "${entry}"; export { entry${index} };`);
    const file = await packed.write(`types-${moduleSetting.join("-")}.ts`, `${lines.join("\n")}\n`);
    return packed.run(bin("tsc"), [
      ...["--noEmit", "--strict", "--target", "es2022", "--types", "", "--exactOptionalPropertyTypes"],
      ...["--lib", lib, "--skipLibCheck", "false"],
      ...moduleSetting,
      file,
    ]);
  };

  it("resolve in nodenext", async () => {
    await compile(["--module", "nodenext"], "es2022,esnext.disposable,dom", forDevices);
  });

  it("resolve with a bundler", async () => {
    const bundler = ["--module", "esnext", "--moduleResolution", "bundler"];
    await compile(bundler, "es2022,esnext.disposable,dom", forDevices);
  });
});

/** A program that runs a hub of the installed emulator. */
const hubProgram = `
  import { startEmulator } from "@isohub/emulator";
  const emulator = await startEmulator();
  const { ca, hostName, endpoints } = emulator;
  const { connectionString } = await emulator.createDevice("device-1");
  const plain = connectionString.replace(/^HostName=[^;]+/, "HostName=ws://" + hostName + ":" + endpoints.plainPort);
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

  it("every entry can be imported", async () => {
    const names = (await Promise.all(packageNames.map(entries))).flat();
    const lines = names
      .filter((entry) => !entry.endsWith("/global"))
      .map((entry) => `if (Object.keys(await import("${entry}")).length === 0) throw new Error("${entry}");`);
    await packed.run(process.execPath, [await packed.write("imports.mjs", lines.join("\n"))]);
  });

  it("the emulator has a command", async () => {
    expect(await packed.run("npx", ["--no-install", "isohub-emulator", "--help"])).toContain(
      "--official-ports",
    );
  });

  it("@isohub/node takes at most 15 MiB with its dependencies", async () => {
    const alone = await Packed.create(["core", "node"]);
    const [kilobytes] = (await alone.run("du", ["--apparent-size", "-sk", "node_modules"])).split("\t");
    await alone.remove();
    expect(Number(kilobytes)).toBeLessThanOrEqual(15 * 1024);
  });
});
