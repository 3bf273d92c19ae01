import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type Plugin, type TestUserConfig } from "vitest/config";
import type {} from "./packages/core/test/engines.ts";
import { chromiumFlags, findChromium } from "./scripts/lib/chromium.mjs";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests run on the sources: a change is seen without a build. */
const alias = [
  { find: /^@isohub\/core$/, replacement: source("packages/core/src/index.ts") },
  {
    find: /^@isohub\/core\/(runtime|internal|lean|mqttjs|mqttjs-web|web|csr|testing|token-broker)$/,
    replacement: source("packages/core/src/$1.ts"),
  },
  { find: /^@isohub\/(node|deno)\/(csr|token-broker)$/, replacement: source("packages/$1/src/$2.ts") },
  { find: "@isohub/browser/lite", replacement: source("packages/browser/src/lite.ts") },
  { find: "@isohub/browser/mqttjs", replacement: source("packages/browser/src/mqttjs.ts") },
  { find: /^@isohub\/(node|browser|deno|emulator)$/, replacement: source("packages/$1/src/index.ts") },
];

/** Deno runs what it is shipped: MQTT.js as it is bundled for the web. */
const bundledMqttJs = {
  find: "@isohub/core/mqttjs-web",
  replacement: source("packages/core/dist/mqttjs-web.js"),
};

/** In Chromium the tests run on what a page loads: the bundle, which has core in it. The hub runs on the sources. */
const pageBundle: Plugin = {
  name: "page-bundle",
  enforce: "pre",
  resolveId(id, _importer, { ssr }) {
    const entry = /^@isohub\/browser\/(mqttjs|lite)$/.exec(id)?.[1];
    if (entry !== undefined) return source(`packages/browser/dist/${entry}.js`);
    const name = /^@isohub\/(browser|core|emulator)$/.exec(id)?.[1];
    if (name === undefined) return null;
    return ssr === true ? source(`packages/${name}/src/index.ts`) : source("packages/browser/dist/index.js");
  },
};

/** The entry with the essentials has classes of its own, errors among them: suites are about those. */
const liteBundle: Plugin = {
  name: "lite-bundle",
  enforce: "pre",
  resolveId: (id, importer) =>
    id === "@isohub/core" && importer?.includes("/suites/") ? source("packages/browser/dist/lite.js") : null,
};

const chromium: TestUserConfig = {
  globalSetup: "packages/conformance/src/start-hub.ts",
  testTimeout: 30_000,
  browser: {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    provider: playwright({
      launchOptions: { executablePath: findChromium() ?? "chromium", args: chromiumFlags },
    }),
    instances: [{ browser: "chromium" }],
  },
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: ["packages/{core,node,browser,deno,emulator}/src/**/*.test.ts", "scripts/**/*.test.mjs"],
          provide: { engine: "lean" },
          // Property tests take their time on a busy machine.
          testTimeout: 20_000,
        },
      },
      {
        resolve: { alias },
        test: {
          // What clients do, once more with the other engine.
          name: "unit-mqttjs",
          include: ["packages/core/src/clients/*.test.ts"],
          // These have no engine.
          exclude: ["**/{client-options,host-name,provisioning-input,python-names}.test.ts"],
          provide: { engine: "mqttjs" },
          testTimeout: 20_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "conformance",
          include: ["packages/conformance/src/node-*.test.ts"],
          globalSetup: "packages/conformance/src/start-hub.ts",
          // More than there are cores: they wait more than they work.
          maxWorkers: 4,
          testTimeout: 30_000,
        },
      },
      {
        plugins: [pageBundle],
        test: {
          ...chromium,
          name: "conformance-chromium",
          include: ["packages/conformance/src/browser-websockets*.test.ts"],
        },
      },
      {
        plugins: [liteBundle, pageBundle],
        test: {
          ...chromium,
          name: "conformance-chromium-lite",
          include: ["packages/conformance/src/browser-lite.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: {
          name: "pages",
          include: ["packages/conformance/src/page-*.test.ts"],
          globalSetup: "packages/conformance/src/start-hub.ts",
          testTimeout: 60_000,
        },
      },
      {
        resolve: { alias: [bundledMqttJs, ...alias] },
        test: {
          name: "conformance-deno",
          include: ["packages/conformance/src/deno-*.test.ts"],
          globalSetup: "packages/conformance/src/start-hub.ts",
          pool: "forks",
          maxWorkers: 4,
          testTimeout: 30_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "examples",
          include: ["packages/conformance/src/example-*.test.ts"],
          globalSetup: "packages/conformance/src/start-hub.ts",
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "packages",
          include: ["packages/conformance/src/packages/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "interop",
          include: ["packages/conformance/src/interop/*.test.ts"],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
