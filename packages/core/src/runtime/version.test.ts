import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { version } from "./version.ts";

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8"));

describe("the version", () => {
  it.each(["core", "node", "browser", "deno"])("is that of package.json of %s", (name) => {
    expect(read(`${name}/package.json`)).toMatchObject({ version });
  });

  it("is that of the package for JSR, and of the core that it imports", () => {
    expect(read("deno/jsr.json")).toMatchObject({
      version,
      imports: { "@isohub/core": `npm:@isohub/core@${version}` },
    });
  });
});
