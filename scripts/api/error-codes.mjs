import { readFileSync } from "node:fs";
import { root } from "../lib/run.mjs";
import { readThrowSites } from "./throw-sites.mjs";

/**
 * An error code, as its page lists it.
 *
 * @typedef {object} ErrorEntry
 * @property {string} code
 * @property {string} meaning - one sentence
 * @property {string} remedy - what to do about it
 * @property {string[]} classes
 * @property {string} retryable
 * @property {string[]} messages - with `…` for values
 */

/** Reads the codes of the SDK: their comments, and the errors that carry them. @returns {ErrorEntry[]} */
export function readErrorCodes() {
  const code = read("packages/core/src/error-codes.ts");
  const [, body] =
    /interface ErrorCodes \{\n([\s\S]*?)\n\}/.exec(code) ?? fail("error-codes.ts has no ErrorCodes");
  const rows = commentedRows(body, /^ {2}(\w+): ("[^;]+);/);
  const sites = readThrowSites(new Set(rows.map(([name]) => name)));
  return rows.map(([name, comment, list]) => {
    const classes = [...list.matchAll(/"(\w+)"/g)].map(([, each]) => each);
    return { code: name, ...sentencesOf(name, comment), classes, ...sites(name, classes) };
  });
}

/** Reads the errors of the emulator's hub. */
export function readHubErrors() {
  const [, body] =
    /const knownErrors = \{\n([\s\S]*?)\n\} as const/.exec(read("packages/emulator/src/hub/hub-error.ts")) ??
    fail("hub-error.ts has no knownErrors");
  return commentedRows(body, /^ {2}(\w+): \[(\d+), (\d+)\]/).map(([name, comment, number, status]) => ({
    code: name,
    ...sentencesOf(name, comment),
    number,
    status,
    isRetryable: status === "429" || Number(status) >= 500,
  }));
}

/** Reads the answers of the token broker. */
export function readBrokerProblems() {
  const [, body] =
    /const answers: [^{]*\{\n([\s\S]*?)\n\};/.exec(read("packages/core/src/token-broker/problem.ts")) ??
    fail("problem.ts has no answers");
  return commentedRows(body, /^ {2}(\w+): \[(\d+), "([^"]+)"\]/).map(([name, comment, status, title]) => ({
    code: name,
    ...sentencesOf(name, comment),
    status,
    title,
    isRetryable: status === "429" || Number(status) >= 500,
  }));
}

/** Lists the rows of a table in the sources, each with the comment above it. */
export function commentedRows(body, row) {
  const rows = [];
  let comment = "";
  for (const line of body.split("\n")) {
    if (/^\s*(?:\/\*\*|\*)/.test(line)) comment += line.replace(/^\s*\/?\*+\/?|\*\/\s*$/g, "");
    else {
      const match = row.exec(line);
      if (match === null) continue;
      rows.push([match[1], comment.replace(/\s+/g, " ").trim(), ...match.slice(2)]);
      comment = "";
    }
  }
  return rows;
}

/** Splits a comment: its first sentence is the meaning, and the others are the remedy. A code must have both. */
export function sentencesOf(code, comment) {
  const [, meaning, remedy] = /^(.+?\.) (.+\.)$/s.exec(comment) ?? [];
  if (meaning === undefined)
    fail(`the comment of ${code} must have a sentence for its meaning and one for its remedy`);
  return { meaning, remedy };
}

function read(file) {
  return readFileSync(root + file, "utf8");
}

function fail(problem) {
  throw new Error(problem);
}
