import fc from "fast-check";
import { expect } from "vitest";
import { hmacSha256 } from "../../packages/core/src/auth/crypto.ts";
import { resourceOf } from "../../packages/core/src/auth/identity.ts";
import { parseSasToken, signSasToken, symmetricKeySigner } from "../../packages/core/src/auth/sas-token.ts";
import { readSuppliedToken, readTokenFor } from "../../packages/core/src/auth/supplied-token.ts";
import { attempt, mustNotShow } from "../coded.ts";
import { editedText } from "../edits.ts";
import { identity } from "../identities.ts";
import { defineTarget, type Target } from "../target.ts";

const signer = symmetricKeySigner(new Uint8Array(32).fill(7), hmacSha256);
const token = fc
  .tuple(fc.stringMatching(/^[\w.%/-]{1,60}$/), fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat())
  .map(([resource, signature, expiry]) => {
    const sig = encodeURIComponent(Buffer.from(signature).toString("base64"));
    return `SharedAccessSignature sr=${resource}&sig=${sig}&se=${expiry}`;
  });
const input = fc.record({
  owner: identity,
  expiry: fc.integer({ min: 2_000_000_000, max: 4_000_000_000 }),
  keyName: fc.option(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), { nil: undefined }),
  edited: editedText(
    fc.oneof(
      token,
      identity.map(
        (owner) =>
          `SharedAccessSignature sr=${encodeURIComponent(resourceOf(owner))}&sig=aGVsbG8tc2VjcmV0LXRleHQ%3D&se=4000000000`,
      ),
    ),
  ),
});

/** A token that was signed is read with its fields; an edited one gives an error with a code that doesn't show its signature. */
export const sasTokens: Target = defineTarget(
  "sas-tokens",
  input,
  async ({ owner, expiry, keyName, edited }) => {
    const resource = resourceOf(owner);
    const text = await signSasToken(signer, resource, expiry, keyName);
    expect(parseSasToken(text)).toMatchObject({ resource, expiry, keyName });
    expect(readTokenFor(owner, ` ${text}\n`, 0)).toEqual({ text, expiry });

    const secrets = /sig=([^&]{12,})/.exec(edited)?.slice(1) ?? [];
    for (const read of [
      () => parseSasToken(edited),
      () => readSuppliedToken(edited, "device", 1.7e12),
      () => readSuppliedToken(edited, "module", 1.7e12),
      () => readTokenFor(owner, edited, 1.7e12),
    ]) {
      const outcome = attempt<{ readonly expiry: number }>(read);
      if ("error" in outcome) {
        expect(outcome.error).toMatchObject({ code: "invalid_sas_token" });
        mustNotShow(outcome, secrets);
      } else expect(Number.isSafeInteger(outcome.value.expiry)).toBe(true);
    }
  },
);
