// The package in web pages and workers: the names of index.ts.
import {
  type AssignmentStorage,
  ProxyOptions as CoreProxyOptions,
  UnsupportedFeatureError,
} from "@isohub/browser";

export * from "@isohub/browser";

/** Has no environment to read. */
export class ProxyOptions extends CoreProxyOptions {
  /** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
  static fromEnvironment(): never {
    throw new UnsupportedFeatureError(
      "ProxyOptions.fromEnvironment() needs environment variables, which a web page doesn't have",
      { remediation: "Set the proxy in the browser or the operating system" },
    );
  }
}

/** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
export function fileStorage(_path: string): AssignmentStorage {
  throw new UnsupportedFeatureError("fileStorage() needs a file system, which a web page doesn't have", {
    remediation: "Call webStorage() instead",
  });
}
