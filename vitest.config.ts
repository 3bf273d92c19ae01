import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import {
  defineConfig,
  type Plugin,
  type TestProjectInlineConfiguration,
  type TestUserConfig,
} from "vitest/config";
import type { BrowserProviderOption } from "vitest/node";
import { firefox } from "./packages/conformance/src/pages/firefox.ts";
import type {} from "./packages/conformance/src/provided-hub.ts";
import type {} from "./packages/core/test/engines.ts";
import { chromiumFlags, findChromium } from "./scripts/lib/chromium.mjs";
import { entries, packages } from "./scripts/lib/packages.mjs";
import { type Clients, runtimes } from "./scripts/lib/runtimes.mjs";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Tests run on the sources: a change takes effect without a build. */
const alias = entries.map(({ specifier, source }) => ({
  find: new RegExp(`^${specifier}$`),
  replacement: path(source),
}));

/** Deno runs what is published for it: MQTT.js as it is bundled for the web. */
const bundledMqttJs = {
  find: "@isohub/core/mqttjs-web",
  replacement: path("packages/core/dist/mqttjs-web.js"),
};

/** In browsers the tests run on the bundle that a page loads, which has core in it. The hub runs on the sources. */
const pageBundle: Plugin = {
  name: "page-bundle",
  enforce: "pre",
  resolveId(id, _importer, { ssr }) {
    const entry = /^@isohub\/browser\/(\w+)$/.exec(id)?.[1];
    if (entry !== undefined) return path(`packages/browser/dist/${entry}.js`);
    if (ssr === true) {
      const source = entries.find(({ specifier }) => specifier === id)?.source;
      return source === undefined ? null : path(source);
    }
    if (id === "@isohub/emulator/control-client") return path("packages/emulator/src/control-client.ts");
    return /^@isohub\/(browser|core|emulator)$/.test(id) ? path("packages/browser/dist/index.js") : null;
  },
};

/** The entry with the essentials has its own classes, errors among them: the suites use those. */
const liteBundle: Plugin = {
  name: "lite-bundle",
  enforce: "pre",
  resolveId: (id, importer) =>
    id === "@isohub/core" && importer?.includes("/suites/") ? path("packages/browser/dist/lite.js") : null,
};

/** Bounds that end a test that hangs, and that no test misses because the machine is busy. */
const patient: TestUserConfig = {
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 60_000 } },
};

/**
 * Files share the modules of a worker: loading them for each file takes as long as running the tests. Workers are processes,
 * because some tests measure the CPU time of their process; there is one more than cores, because tests also wait.
 */
const unit: TestUserConfig = { ...patient, pool: "forks", maxWorkers: 3, isolate: false };

const unitTests = packages
  .filter(({ isPublished }) => isPublished)
  .map(({ folder }) => `${folder}/src/**/*.test.ts`);

/** One hub for all files of a project. */
const withHub: TestUserConfig = { ...patient, globalSetup: "packages/conformance/src/start-hub.ts" };

const inBrowser = (browser: "chromium" | "firefox", provider: BrowserProviderOption): TestUserConfig => ({
  ...withHub,
  // The tests wait more than they work.
  maxWorkers: 2,
  provide: { browser },
  browser: {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    provider,
    instances: [{ browser }],
  },
});

/** A separate object for each project: Vitest writes the project's name into it. */
const inChromium = (): TestUserConfig =>
  inBrowser(
    "chromium",
    playwright({ launchOptions: { executablePath: findChromium() ?? "chromium", args: chromiumFlags } }),
  );

/** More workers than there are cores: the tests wait more than they work. */
const inVitest: TestUserConfig = { ...withHub, maxWorkers: 4 };

const conformance: Record<Clients, TestProjectInlineConfiguration> = {
  sources: { resolve: { alias }, test: inVitest },
  "sources with bundled MQTT.js": {
    resolve: { alias: [bundledMqttJs, ...alias] },
    test: { ...inVitest, pool: "forks" },
  },
  "bundle index": { plugins: [pageBundle], test: inChromium() },
  "bundle index in Firefox": { plugins: [pageBundle], test: inBrowser("firefox", firefox) },
  "bundle lite": { plugins: [liteBundle, pageBundle], test: inChromium() },
};

const conformanceProjects = runtimes.flatMap(({ project, clients, tests = [] }) => {
  if (clients === undefined) return [];
  const include = tests.map((file) => `packages/conformance/src/runtimes/${file}`);
  const { test, ...config } = conformance[clients];
  return [{ ...config, test: { ...test, name: project, include } }];
});

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          ...unit,
          name: "unit",
          include: [
            ...unitTests,
            "packages/console/src/**/*.test.ts",
            "scripts/**/*.test.mjs",
            "site/*.test.mjs",
          ],
          provide: { engine: "lean" },
        },
      },
      {
        resolve: { alias },
        test: {
          // The behaviour of clients, once more with the other engine.
          ...unit,
          name: "unit-mqttjs",
          include: ["packages/core/src/clients/*.test.ts"],
          // These have no engine.
          exclude: ["**/{client-options,host-name,provisioning-input,python-names}.test.ts"],
          provide: { engine: "mqttjs" },
        },
      },
      ...conformanceProjects,
      {
        resolve: { alias },
        test: {
          // In one process, whose CPU time and memory are those of the parsers.
          ...patient,
          name: "fuzz",
          pool: "forks",
          maxWorkers: 1,
          include: ["fuzz/*.test.ts"],
          provide: { engine: "lean" },
        },
      },
      {
        resolve: { alias },
        test: {
          // Cells side by side in one process, which wait more than they work.
          ...patient,
          name: "matrix",
          testTimeout: 600_000,
          pool: "forks",
          maxWorkers: 1,
          maxConcurrency: 40,
          include: ["matrix/{matrix,fleet}.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: {
          ...patient,
          name: "soak",
          pool: "forks",
          globalSetup: "matrix/soak-network.ts",
          include: ["matrix/soak.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: {
          ...withHub,
          name: "pages",
          globalSetup: [
            "packages/conformance/src/start-hub.ts",
            "packages/conformance/src/pages/start-chromium.ts",
          ],
          // The tests wait more than they work. Loading their modules takes as long, so the files of a worker share them.
          maxWorkers: 3,
          isolate: false,
          include: ["packages/conformance/src/pages/**/*.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: {
          ...withHub,
          name: "crash",
          include: ["packages/conformance/src/crash/*.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: {
          ...withHub,
          name: "bundlers",
          include: ["packages/conformance/src/bundlers/*.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: {
          ...withHub,
          testTimeout: 600_000,
          name: "slow",
          include: ["packages/conformance/src/slow/*.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: {
          // Next to "slow". Building a client with empty caches takes minutes.
          ...patient,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          name: "clients",
          maxWorkers: 2,
          include: ["packages/conformance/src/clients/*.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: {
          ...withHub,
          name: "examples",
          include: ["packages/conformance/src/examples/*.test.ts"],
        },
      },
      {
        test: {
          ...patient,
          name: "packages",
          globalSetup: "packages/conformance/src/packages/pack-all.ts",
          include: ["packages/conformance/src/packages/*.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: {
          ...patient,
          name: "interop",
          include: ["packages/conformance/src/interop/*.test.ts"],
        },
      },
    ],
  },
});
