import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests run on the sources: a change is seen without a build. */
const alias = [
  { find: /^@isohub\/core$/, replacement: source("packages/core/src/index.ts") },
  { find: /^@isohub\/core\/(mqttjs|testing)$/, replacement: source("packages/core/src/$1.ts") },
  { find: /^@isohub\/(node|emulator)$/, replacement: source("packages/$1/src/index.ts") },
];

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["packages/{core,node,emulator}/src/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "conformance",
          include: ["packages/conformance/src/*.test.ts"],
          globalSetup: "packages/conformance/src/start-hub.ts",
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "interop",
          include: ["packages/conformance/src/interop/*.test.ts"],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
