import fc from "fast-check";
import { expect } from "vitest";
import { parseConnectionString } from "../../packages/core/src/auth/connection-string.ts";
import { decodeSymmetricKey } from "../../packages/core/src/auth/symmetric-key.ts";
import { attempt, mustNotShow } from "../coded.ts";
import { editedText } from "../edits.ts";
import { identity } from "../identities.ts";
import { defineTarget, type Target } from "../target.ts";

const key = fc
  .uint8Array({ minLength: 16, maxLength: 64 })
  .map((bytes) => Buffer.from(bytes).toString("base64"));
const fields = fc
  .tuple(identity, key, fc.boolean())
  .map(([{ hostName, deviceId, moduleId }, secret, isLast]) => {
    const parts: [string, string][] = [
      ["HostName", hostName],
      ["DeviceId", deviceId],
      ...(moduleId === undefined ? [] : [["ModuleId", moduleId] as [string, string]]),
    ];
    parts.splice(isLast ? parts.length : 0, 0, ["SharedAccessKey", secret]);
    return { parts, secret };
  });
const input = fields.chain(({ parts, secret }) => {
  const text = parts.map(([name, value]) => `${name}=${value}`).join(";");
  return fc.record({
    text: fc.constant(text),
    parts: fc.constant(parts),
    secret: fc.constant(secret),
    edited: editedText(fc.constant(text)),
  });
});

/** A valid string gives its fields; an edited one gives an error with a code, and without the key. */
export const connectionStrings: Target = defineTarget("connection-strings", input, (value) => {
  expect(parseConnectionString(value.text)).toEqual(Object.fromEntries(value.parts));
  const outcome = attempt(() => parseConnectionString(value.edited));
  if ("error" in outcome) {
    expect(outcome.error).toMatchObject({ code: "invalid_connection_string" });
    mustNotShow(outcome, piecesOf(value.secret));
    return;
  }
  const { SharedAccessKey } = outcome.value;
  const bytes = attempt(() => decodeSymmetricKey(SharedAccessKey));
  if ("error" in bytes) mustNotShow(bytes, piecesOf(value.secret));
});

/** Pieces of a key, because an edit may have cut it. */
function piecesOf(secret: string): string[] {
  return [secret.slice(0, 12), secret.slice(4, 16), secret.slice(-14, -2)];
}
