import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { version } from "./version.ts";

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));

it("is that of the package", () => {
  expect(read("package.json")).toMatchObject({ version });
});
