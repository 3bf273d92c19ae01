import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeAuthority } from "./server-certificate.ts";
import { trustStoreOf, trustStorePassword } from "./trust-store.ts";

it("is read by OpenSSL, with its password only", async () => {
  const { cert } = await makeAuthority();
  const folder = mkdtempSync(join(tmpdir(), "isohub-trust-"));
  const file = join(folder, "ca.p12");
  writeFileSync(file, trustStoreOf(cert));
  const read = (password: string): string =>
    execFileSync("openssl", ["pkcs12", "-in", file, "-passin", `pass:${password}`, "-nokeys"], {
      encoding: "utf8",
      stdio: "pipe",
    });
  expect(() => read("other")).toThrow(/invalid password/);
  const printed = read(trustStorePassword);
  expect(printed).toContain("friendlyName: isohub emulator");
  expect(printed).toContain(cert.trim().split("\n")[1]);
  rmSync(folder, { recursive: true });
});
