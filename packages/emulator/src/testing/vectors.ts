import { readFileSync } from "node:fs";

interface Vector {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expected: Record<string, unknown>;
}

const file = new URL("../../../core/testdata/wire-vectors.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] };

/** A recorded exchange of an official SDK. */
export function vector(id: string): Vector {
  const found = vectors.find((one) => one.id.startsWith(id));
  if (found === undefined) throw new Error(`there is no vector '${id}'`);
  return found;
}

/** What every vector is signed with. */
export const vectorKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/** When every token of the vectors ends, in seconds since 1970. */
export const vectorExpiry = 1735689600;
