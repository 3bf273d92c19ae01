import { readFileSync } from "node:fs";

interface Vector {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expected: Record<string, unknown>;
}

const file = new URL("../../../core/testdata/wire-vectors.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] };

/** Returns a recorded exchange of an official SDK. */
export function vector(id: string): Vector {
  const found = vectors.find((one) => one.id.startsWith(id));
  if (found === undefined) throw new Error(`there is no vector '${id}'`);
  return found;
}

/** The key that signs the tokens of all vectors. */
export const vectorKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/** The expiry of the tokens of all vectors, in seconds since 1970. */
export const vectorExpiry = 1735689600;
