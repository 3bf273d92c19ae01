import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../util/text.ts";
import { type CryptoProvider, webCrypto } from "./crypto.ts";
import { parseSasToken, signSasToken, symmetricKeySigner } from "./sas-token.ts";

const signer = symmetricKeySigner(utf8("0123456789abcdef"), webCrypto.hmacSha256);

describe("signSasToken and parseSasToken", () => {
  it("give resource, end and key name back, whatever characters are in them", async () => {
    const anyText = fc.string({ unit: "binary", minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        anyText,
        fc.integer({ min: 0, max: 253_402_300_799 }),
        fc.option(anyText, { nil: undefined }),
        async (resource, expiry, keyName) => {
          const token = await signSasToken(signer, resource, expiry, keyName);
          expect(token).toMatch(/^SharedAccessSignature [A-Za-z0-9_.~%=&-]*$/);
          expect(parseSasToken(token)).toMatchObject({ resource, expiry, keyName });
        },
      ),
      { numRuns: 50 },
    );
  });

  it("the signature covers the encoded resource and the end", async () => {
    const signed: string[] = [];
    const spy: CryptoProvider["hmacSha256"] = async (_key, data) => {
      signed.push(new TextDecoder().decode(data));
      return Uint8Array.of(1, 2, 3);
    };
    const token = await signSasToken(symmetricKeySigner(utf8("k"), spy), "h/devices/ä", 42);
    expect(signed).toEqual(["h%2Fdevices%2F%C3%A4\n42"]);
    expect(parseSasToken(token).signature).toBe("AQID");
  });

  it("a policy with an empty name is left out, as Java's provisioning client sends it", () => {
    expect(parseSasToken("SharedAccessSignature sr=a&sig=b&se=1&skn=")).toMatchObject({ keyName: undefined });
    expect(parseSasToken("SharedAccessSignature sr=a&sig=b&skn=&se=1")).toMatchObject({ expiry: 1 });
  });

  it("a field that is doubled, empty or unknown is refused, and so is an expiry that isn't an integer", () => {
    const scheme = "SharedAccessSignature ";
    for (const [token, rule] of [
      [`${scheme}sr=a&sig=b&se=1&se=2`, "must have se once, got it twice"],
      [`${scheme}sr=&sig=b&se=1`, "must have sr, sig and se"],
      [`${scheme}sr=a&sig=b&se=`, "must have sr, sig and se"],
      [`${scheme}sr=a&sig=b&se=1&x=2`, "must have only the fields sr, sig, se and skn"],
      [`${scheme}sr=a&sig=b&se=1.5`, "must have an integer for se"],
      [`${scheme}sr=a&sig=b&se=-1`, "must have an integer for se"],
      [`${scheme}sr=a&sig=b&se=1234567890123456`, "must have an integer for se"],
      [`${scheme}sr=a&sig=b&se`, "must have only the fields"],
      [`${scheme} sr=a&sig=b&se=1`, "must have only the fields sr, sig, se and skn"],
      ["", "must be a string that starts with 'SharedAccessSignature '"],
    ] as const) {
      expect(() => parseSasToken(token)).toThrow(rule);
    }
    expect(() => parseSasToken(5)).toThrow("The SAS token must be a string");
  });
});
