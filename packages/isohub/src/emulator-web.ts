// The entry `emulator` on runtimes that can't run the local hub.
import { UnsupportedFeatureError } from "@isohub/core";
import type * as emulator from "@isohub/emulator";

function refuse(): never {
  throw new UnsupportedFeatureError("The local hub needs Node", {
    remediation:
      "Run `npx isohub emulator` in another process, and connect to the string for pages and Deno that it prints",
  });
}

/** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
export const startEmulator: typeof emulator.startEmulator = refuse;
/** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
export const createCertificate: typeof emulator.createCertificate = refuse;
/** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
export const createCertificateAuthority: typeof emulator.createCertificateAuthority = refuse;
