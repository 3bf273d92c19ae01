import fc from "fast-check";
import { expect, it } from "vitest";
import { attempt } from "./coded.ts";
import { editedJsonText } from "./edited-json.ts";
import { editedText } from "./edits.ts";
import { fuzzTarget } from "./fuzz-target.ts";
import { defineTarget, type Target } from "./target.ts";

const seed = 1;
const budgetMs = 1000;
const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

async function failureOf(target: Target): Promise<{ message: string; cause: unknown }> {
  const error: unknown = await fuzzTarget(target, seed, budgetMs).catch((failure: unknown) => failure);
  if (!(error instanceof Error)) throw new Error("the fault must be found");
  return { message: error.message, cause: error.cause };
}

it("finds an exception without a code, and prints a small input without keys", async () => {
  const input = editedText(fc.constant(`HostName=hub.example;SharedAccessKey=${key}`));
  const { message, cause } = await failureOf(
    defineTarget("planted", input, (text) => void attempt(() => decodeURIComponent(text))),
  );
  expect(message).toMatch(/^planted: input \d+ of --seed \d+ failed: "/);
  expect(message).toContain("npm run fuzz -- --target planted --seed ");
  expect(message).not.toContain(key.slice(0, 12));
  expect(cause).toBeInstanceOf(URIError);
});

it("finds values of another type", async () => {
  const input = editedJsonText(fc.constant({ chain: ["AA=="] }));
  const { cause } = await failureOf(
    defineTarget("planted", input, (text) => {
      const { chain } = Object(parse(text));
      if (Array.isArray(chain)) chain.map(String);
    }),
  );
  // The latter for a deep array.
  expect(["TypeError", "RangeError"]).toContain((cause as Error).name);
});

it("finds input that takes more than linear time", async () => {
  const input = editedText(fc.constant("a,b"));
  const { cause } = await failureOf(
    defineTarget("planted", input, (text) => {
      for (let at = 0; at < text.length; at++) if (text.slice(at).toUpperCase() === "?") return;
    }),
  );
  expect(cause).toMatchObject({ name: "SlowInputError" });
});

it("finds memory that isn't released", async () => {
  const kept: unknown[] = [];
  const target = defineTarget("planted", fc.nat(), (n) => void kept.push(new Array(2000).fill(n)));
  expect((await failureOf(target)).message).toMatch(
    /^planted: memory must not grow by more than 16777216 bytes/,
  );
});

it("tries the same inputs with the same seed", async () => {
  const tried: string[][] = [[], []];
  for (const list of tried) {
    const target = defineTarget("same", editedText(fc.constant("abc")), (text) => void list.push(text));
    await target.run(7, 50, async (check) => check());
  }
  expect(tried[0]).toEqual(tried[1]);
  expect(new Set(tried[0]).size).toBeGreaterThan(25);
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
