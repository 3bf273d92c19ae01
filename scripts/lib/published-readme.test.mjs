import { describe, expect, it } from "vitest";
import { addressFields } from "./addresses.mjs";
import { publishedReadme } from "./published-readme.mjs";

const address = "https://example.test/owner/isohub";
const folder = "packages/node";

describe("the README of a published package", () => {
  it.each([
    ["See [Sizes](../../docs/size.md).", "See Sizes.", `See [Sizes](${address}/blob/HEAD/docs/size.md).`],
    [
      "[`@isohub/core`](../core#use), [x](#there)",
      "`@isohub/core`, [x](#there)",
      `[\`@isohub/core\`](${address}/blob/HEAD/packages/core#use), [x](#there)`,
    ],
    ["![A page](../../a.png)", "", `![A page](${address}/blob/HEAD/a.png?raw=true)`],
    ["[MIT](https://example.test/mit)", "[MIT](https://example.test/mit)", "[MIT](https://example.test/mit)"],
    ["```js\nlist[a](b)\n```\n", "```js\nlist[a](b)\n```\n", "```js\nlist[a](b)\n```\n"],
  ])("has no relative link: %s", (text, withoutAddress, withAddress) => {
    expect(publishedReadme(text, folder, "")).toBe(withoutAddress);
    expect(publishedReadme(text, folder, address)).toBe(withAddress);
  });
});

describe("the addresses in a published manifest", () => {
  it("are left out while there is none", () => {
    expect(addressFields(folder, "")).toEqual({});
  });

  it("follow from the repository's", () => {
    expect(addressFields(folder, address)).toEqual({
      homepage: `${address}#readme`,
      repository: { type: "git", url: `git+${address}.git`, directory: folder },
      bugs: { url: `${address}/issues` },
    });
  });
});
