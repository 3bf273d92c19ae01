/** The local hub of `@isohub/emulator`, which you install separately. */
import { packageMissing } from "@isohub/core/runtime";
import type * as emulator from "@isohub/emulator";
import { installEmulator } from "./install-emulator.ts";

export type * from "@isohub/emulator";

const load = (): Promise<typeof emulator> =>
  import("@isohub/emulator").catch(
    packageMissing("isohub/emulator", "the package '@isohub/emulator'", installEmulator),
  );

/**
 * Starts a local hub. See `startEmulator` of `@isohub/emulator`.
 *
 * @throws {ClientError} `package_missing` without that package
 */
export const startEmulator: typeof emulator.startEmulator = async (options) =>
  (await load()).startEmulator(options);

/**
 * Creates a certificate for a device. See `createCertificate` of `@isohub/emulator`.
 *
 * @throws {ClientError} `package_missing` without that package
 */
export const createCertificate: typeof emulator.createCertificate = async (...parameters) =>
  (await load()).createCertificate(...parameters);

/**
 * Creates a certificate authority for devices. See `createCertificateAuthority` of `@isohub/emulator`.
 *
 * @throws {ClientError} `package_missing` without that package
 */
export const createCertificateAuthority: typeof emulator.createCertificateAuthority = async (...parameters) =>
  (await load()).createCertificateAuthority(...parameters);
