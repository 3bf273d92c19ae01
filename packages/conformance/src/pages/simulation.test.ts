// A scenario exported as a page, bundled as an application is.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { programOf, type Report } from "@isohub/simulator";
import { build } from "vite";
import { expect, inject, it, onTestFinished } from "vitest";
import { freshId } from "../device.ts";
import { root } from "../files.ts";
import { Chromium } from "./chromium.ts";
import { serve } from "./page-server.ts";

const chromium = new Chromium();

it.each([
  ["with its own hub", ""],
  ["with a running hub", `/?control=${encodeURIComponent(inject("hub").controlUrl)}`],
])("a scenario exported as a page runs %s", async (_title, path) => {
  const parent = join(root, "packages/conformance/build");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "page-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { name, text } = programOf(
    {
      name: "a page </script>",
      groups: [{ type: "thermostat", count: 3, id: `${freshId("page")}-{n}` }],
      types: { thermostat: { fields: { n: { generator: "counter" } }, messages: [{ every: "100ms" }] } },
      phases: [
        { phase: "ramp", over: "100ms" },
        { phase: "hold", for: "500ms" },
        { phase: "drain", within: "2m" },
      ],
      thresholds: [{ metric: "lost", maximum: 0 }],
    },
    "page",
  );
  expect(name).toBe("a-page-script-.html");
  await writeFile(join(folder, "index.html"), text);
  await build({ root: folder, logLevel: "error", configFile: false });
  const origin = await serve(async (file) =>
    file === "/favicon.ico" ? "" : readFile(join(folder, "dist", file)),
  );
  const { page, printed } = await chromium.open(`${origin}${path}`);
  await page.waitForFunction('document.querySelector("pre")?.textContent.includes("thresholds")', undefined, {
    timeout: 0,
  });
  const report: Report = JSON.parse((await page.locator("pre").textContent()) ?? "");
  expect(report).toMatchObject({ devices: 3, passed: true, deliveries: { lost: 0 }, counts: { errors: {} } });
  expect(report.counts.acknowledged).toBeGreaterThan(0);
  expect(report.deliveries?.held).toBe(report.counts.sent);
  expect(printed).toEqual([]);
});
