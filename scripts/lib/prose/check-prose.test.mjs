import { describe, expect, test } from "vitest";
import { checkProse } from "./check-prose.mjs";

const found = (file, ...lines) =>
  checkProse(file, lines.join("\n")).map(({ line, phrase }) => `${line}: ${phrase}`);

describe("prose in code", () => {
  test("is found in comments, doc comments, strings and templates", () => {
    expect(
      found(
        "a.ts",
        "// The hub tells the device.",
        "/* It is a whole number. */",
        "/** Sends a text. */",
        'throw new Error("it goes away");',
        "const message = `${count} is for ever`;",
        'test("a listener is told of it", () => {});',
      ),
    ).toEqual(["1: tells", "2: whole number", "3: a text", "4: goes away", "5: for ever", "6: told"]);
  });

  test("is found where a phrase goes over the end of a line", () => {
    expect(found("a.ts", "/**", " * Reads a value,", " * a whole", " * number.", " */")).toEqual([
      "3: whole number",
    ]);
    expect(found("a.ts", "// A message in", "// place of another.")).toEqual(["1: in place of"]);
  });

  test("is found within what a template embeds", () => {
    expect(found("a.ts", "const a = `one ${f(`it is ${x} told`)}", "two`; // told")).toEqual([
      "1: told",
      "2: told",
    ]);
  });

  test("leaves identifiers, members, regular expressions, specifiers and inline code alone", () => {
    expect(
      found(
        "a.ts",
        'import { text } from "./in-place-of/told.ts";',
        "const told = await response.text();",
        "const said = told / 2 / so.many; // See `told` and {@link told} and https://example.com/told.",
        'const pattern = /is told "so many" [/] times/;',
        'const wire = "told";',
        "if (this.#told(said)) try { tells(); } finally {}",
        "/** Calls `told()`, told() and state.told. */",
      ),
    ).toEqual([]);
  });

  test("is found behind a regular expression with quotes, and behind a division", () => {
    expect(
      found("a.ts", "f(/[\"'`/]/g); // told", "x = a[0] / b / c; // told", "return /`/; // told"),
    ).toEqual(["1: told", "2: told", "3: told"]);
  });
});

describe("prose in JSX", () => {
  test("is found in the text of elements, in attributes and in code", () => {
    expect(
      found(
        "a.tsx",
        "const told = (x) => x > told && x < 3; // told",
        '<p class="told" title="is told of it">',
        "  The device {told} is",
        "  told.",
        "</p>",
      ),
    ).toEqual(["1: told", "2: told", "4: told"]);
  });
});

describe("openings", () => {
  test.each(["What", "Who", "Where", "How", "Whoever", "Whatever", "So", "To be"])(
    "of a doc comment: %s",
    (word) => {
      expect(found("a.ts", `/** ${word} it is. */`)).toEqual([`1: ${word}`]);
      expect(found("a.ts", "/**", ` * ${word} it is.`, " */")).toEqual([`2: ${word}`]);
      expect(found("a.ts", `/** Sends it. ${word} it is. */`)).toEqual([]);
      expect(found("a.ts", `// ${word} it is.`)).toEqual([]);
    },
  );

  test("of a heading", () => {
    expect(found("a.md", "# What goes up", "", "What goes up.", "", "## What is isohub?")).toEqual([
      "1: What",
    ]);
  });
});

describe("the form of messages", () => {
  test("is `X must be Y, got Z`", () => {
    expect(found("a.ts", '"keepAlive is 0, it must be a positive integer"')).toEqual(["1: it must be"]);
    expect(found("a.ts", '"keepAlive must be a positive integer, got 0"')).toEqual([]);
  });

  test("negates the verb", () => {
    expect(found("a.ts", '"the body is no JSON"')).toEqual(["1: is no JSON"]);
    expect(found("a.ts", '"a key that is none, if there is none"')).toEqual(["1: is none"]);
    expect(found("a.ts", '"the body isn\'t JSON, there is no reason, it is no longer JSON"')).toEqual([]);
  });
});

describe("prose in documents", () => {
  test("is found in Markdown outside code", () => {
    expect(
      found(
        "a.md",
        "# Told",
        "",
        "It says `told`",
        "that.",
        "",
        "```js",
        "told // told",
        "```",
        "told",
        "<!-- told -->",
      ),
    ).toEqual(["1: Told", "3: says", "9: told"]);
  });

  test("is found in the text and the scripts of HTML", () => {
    expect(
      found(
        "a.html",
        "<p class='told'>told</p>",
        "<script>",
        "const told = 1;",
        "// told",
        "</script>",
        "<p>said",
      ),
    ).toEqual(["1: told", "4: told", "6: said"]);
  });
});
