import { rollup } from "rollup";
import { expect, test } from "vitest";
import { alikeTokens } from "./alike-tokens.mjs";

async function rewrite(code) {
  const bundle = await rollup({
    input: "code",
    external: ["other"],
    plugins: [
      { name: "code", resolveId: (id) => (id === "code" ? id : null), load: () => code },
      alikeTokens(),
    ],
  });
  const { output } = await bundle.generate({ format: "es" });
  return output[0].code;
}

test("strings become templates with the same value, and undefined becomes a variable", async () => {
  const values = ["plain", "", "`$\x7b1}` \\ $", "a\nb\r\tc\u2028", "'\""];
  const code = `export const values = ${JSON.stringify(values)}; export const none = [void 0, values === void 0];`;
  const rewritten = await rewrite(code);
  expect(rewritten).toContain("`plain`");
  expect(rewritten).not.toContain("void");
  const { values: evaluated, none } = await import(`data:text/javascript,${encodeURIComponent(rewritten)}`);
  expect(evaluated).toEqual(values);
  expect(none).toEqual([undefined, false]);
});

test("imports, keys and computed keys stay valid", async () => {
  const rewritten = await rewrite(`import { a } from "other"; export { b } from "other";
    export default { "b-c": a, ["d"]: "e", file: new URL("./f.js", import.meta.url) };`);
  expect(rewritten).toMatch(/from ['"]other['"]/);
  expect(rewritten).toContain('{ "b-c": a, [`d`]: `e`, file: new URL("./f.js", import.meta.url) }');
});

test("a name that stands for undefined is refused", async () => {
  await expect(rewrite("export const f = (U) => U;")).rejects.toThrow("must have no name 'U'");
});
