import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { rollup } from "rollup";
import { expect, test } from "vitest";
import { root } from "../run.mjs";
import { internalNames, shortInternalNames, shortNames } from "./internal-names.mjs";

async function shorten(code) {
  const bundle = await rollup({
    input: "code",
    plugins: [{ name: "code", resolveId: (id) => id, load: () => code }, shortInternalNames()],
  });
  const { output } = await bundle.generate({ format: "es" });
  return output[0].code;
}

test("no internal name is one of the platform's", () => {
  const { resolve } = createRequire(join(root, "packages/conformance/package.json"));
  const folder = dirname(resolve("typescript-5.9/lib/lib.d.ts"));
  const words = new Set();
  for (const file of readdirSync(folder).filter((name) => /^lib\.(dom|es|webworker)/.test(name))) {
    const code = readFileSync(join(folder, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [, name] of code.matchAll(/(\w+)\??[:(<]/g)) words.add(name);
  }
  expect(words.has("addEventListener")).toBe(true);
  // Of audio, animations, credentials, extensions and service workers, and parameters: nothing here uses them.
  const unused =
    "channel channels config deadline detach effects forget handle handled identity onMoved runtime userAgent";
  expect(internalNames.filter((name) => words.has(name) && !unused.split(" ").includes(name))).toEqual([]);
});

test("an internal name is shortened where it is defined, read and destructured", async () => {
  const { phase, clock } = Object.fromEntries(shortNames);
  const code = await shorten(`
    export class Timer { clock = 1; get phase() { return this?.clock; } }
    export const state = ({ phase, clock: now = phase }) => ({ phase, clock: now, [phase]: 1 });
  `);
  expect(code).toContain(`class Timer { ${clock} = 1; get ${phase}() { return this?.${clock}; } }`);
  expect(code).toContain(`({ ${phase}: phase, ${clock}: now = phase }) =>`);
  expect(code).toContain(`({ ${phase}: phase, ${clock}: now, [phase]: 1 })`);
});

test("internal names are unique, and so are their short forms", () => {
  expect(new Set(internalNames).size).toBe(internalNames.length);
  expect(new Set(shortNames.values()).size).toBe(internalNames.length);
});

test.each([
  [
    "an internal name as a string",
    "export const has = (object) => 'phase' in object;",
    "must not be a string",
  ],
  ["a short form as a name", "export const first = ({ e }) => e;", "must not be a name"],
])("the build refuses %s", async (_case, code, message) => {
  await expect(shorten(code)).rejects.toThrow(message);
});
