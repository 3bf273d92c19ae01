import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSasToken, type SigningMechanism } from "../../auth/sas-token.ts";
import { certificateCredential, generatedTokens, SuppliedToken } from "./credential.ts";

describe("generatedTokens", () => {
  const signed: string[] = [];
  const signer: SigningMechanism = {
    sign: async (data) => {
      signed.push(data);
      return "c2lnbmF0dXJl";
    },
  };

  it("signs a fresh token for each attempt, for the resource and with the expiry that it returns", async () => {
    const credential = generatedTokens(signer, "hub.example/devices/d1", 3600);
    expect(credential.kind).toBe("generated");
    const first = await credential.password(1_000_000_000_000);
    expect(first?.expiry).toBe(1_000_003_600);
    expect(parseSasToken(first?.password)).toMatchObject({
      resource: "hub.example/devices/d1",
      expiry: 1_000_003_600,
    });
    expect(await credential.password(1_000_000_005_000)).toMatchObject({ expiry: 1_000_003_605 });
    expect(signed).toEqual([
      "hub.example%2Fdevices%2Fd1\n1000003600",
      "hub.example%2Fdevices%2Fd1\n1000003605",
    ]);
  });

  it("gives a token at least the requested lifetime, and less than a second more", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 1, max: 315_360_000 }),
        async (nowMs, ttl) => {
          const token = await generatedTokens(signer, "r", ttl).password(nowMs);
          const lifetime = (token?.expiry ?? 0) - nowMs / 1000;
          expect(lifetime).toBeGreaterThanOrEqual(ttl);
          expect(lifetime).toBeLessThan(ttl + 1);
          expect(Number.isInteger(token?.expiry)).toBe(true);
        },
      ),
    );
  });
});

describe("SuppliedToken", () => {
  it("returns the token it was given, and the next one after replace()", async () => {
    const credential = new SuppliedToken("first", 100);
    expect(credential.kind).toBe("supplied");
    expect(await credential.password()).toEqual({ password: "first", expiry: 100 });
    credential.replace("second", 200);
    expect(await credential.password()).toEqual({ password: "second", expiry: 200 });
  });
});

describe("certificateCredential", () => {
  it("has no password: the certificate of the connection is the only proof", async () => {
    expect(certificateCredential.kind).toBe("certificate");
    expect(await certificateCredential.password(0)).toBeUndefined();
  });
});
