// The package on Deno: the names of index.ts.
import {
  type AssignmentStorage,
  ProxyOptions as CoreProxyOptions,
  UnsupportedFeatureError,
} from "@isohub/deno";

export * from "@isohub/deno";

/** Throws `unsupported_feature`: Deno's connections support no proxies. */
export class ProxyOptions extends CoreProxyOptions {
  /** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
  static fromEnvironment(): never {
    throw new UnsupportedFeatureError(
      "ProxyOptions.fromEnvironment() needs a runtime that supports proxies, which Deno doesn't",
      { remediation: "Connect without a proxy, or run the program on Node" },
    );
  }
}

/** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
export function webStorage(_area?: unknown): AssignmentStorage {
  throw new UnsupportedFeatureError("webStorage() needs the localStorage of a web page", {
    remediation: "Call fileStorage(path) instead",
  });
}
