// A stranger's path: the tarballs of `npm run pack`, installed in a project outside the workspace, and the first programs of the README,
// run with the lines that `npm start` prints.
import { execFile } from "node:child_process";
import { cp, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { createControlClient } from "@isohub/emulator/control-client";
import * as vite from "vite";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { root } from "../files.ts";
import { Chromium } from "../pages/chromium.ts";
import { serve } from "../pages/page-server.ts";
import { Program } from "../program.ts";
import type {} from "./pack-all.ts";
import { Packed } from "./packed.ts";

const examples = join(root, "examples/isohub");
const files = ["device.mjs", "device.cjs", "device.ts", "index.html", "page.js"];
const packed = new Packed(inject("packed"));
const chromium = new Chromium();
let start: Program;
let printed: string;

beforeAll(async () => {
  for (const file of files) await cp(join(examples, file), join(packed.project, file));
  // Installs the program. The command itself would keep signals from it.
  await promisify(execFile)(join(root, "node_modules/.bin/deno"), ["--version"]);
  start = new Program(process.execPath, ["scripts/start.mjs"], { cwd: root });
  await start.printed(/Press Ctrl\+C to stop/);
  printed = start.stdout;
});
afterAll(async () => {
  start?.interrupt();
  await start?.exit;
});

/** Finds a line to copy. */
function lineWith(pattern: RegExp): string {
  const line = printed.split("\n").find((each) => pattern.test(each));
  if (line === undefined) throw new Error(`npm start must print a line like ${pattern}, got:\n${printed}`);
  return line.trim();
}

/** Runs a printed line in the project's folder, as it is. */
const runLine = (line: string): Promise<string> =>
  packed.run("sh", ["-c", line], {
    PATH: [join(root, "node_modules/deno"), process.env["PATH"]].join(delimiter),
    DENO_NO_UPDATE_CHECK: "1",
  });

describe("a stranger", () => {
  it("finds in the README only programs that these tests run", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    const programs = [...readme.matchAll(/^<!-- examples\/isohub\/(\S+) -->$/gm)].map(([, file]) => file);
    expect(programs).toContain("device.mjs");
    expect(files).toEqual(expect.arrayContaining(programs));
  });

  it("runs a device with Node", async () => {
    expect(await runLine(lineWith(/^ +NODE_EXTRA_CA_CERTS='.*' node device\.mjs$/))).toContain("firmware");
  });

  it("runs a device as CommonJS", async () => {
    const line = lineWith(/^ +NODE_EXTRA_CA_CERTS='.*' node device\.mjs$/);
    expect(await runLine(line.replace("device.mjs", "device.cjs"))).toContain("twin:");
  });

  it("runs a device with Deno", async () => {
    expect(await runLine(lineWith(/^ +CONNECTION_STRING='HostName=ws:.* deno run/))).toContain("twin:");
  });

  it("builds a page with Vite, which is a device", async () => {
    const out = join(packed.project, "site");
    await vite.build({ root: packed.project, configFile: false, logLevel: "error", build: { outDir: out } });
    const [, connectionString = ""] = /(HostName=ws:\S+)/.exec(lineWith(/in a page/)) ?? [];
    const page = await (await chromium.context()).newPage();
    page.on("dialog", (dialog) => dialog.accept(connectionString));
    await page.goto(await serve((path) => readFile(join(out, path))));
    await page.waitForFunction('document.title === "sent"', undefined, { timeout: 0 });
  });

  it("finds the telemetry of all of them in the control API", async () => {
    const [, controlUrl = ""] = /(http:\S+\/control)/.exec(lineWith(/control API/)) ?? [];
    const telemetry = await createControlClient(controlUrl).telemetry("device1");
    expect(telemetry.map(({ body }) => JSON.parse(new TextDecoder().decode(body)))).toEqual(
      Array(4).fill({ temperature: 21.5 }),
    );
  });
});
