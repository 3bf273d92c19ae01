/**
 * The SDK for the runtime that the program runs on. These are the types on every runtime, and the module for Node and Bun; Deno loads
 * `index-deno.ts`, and pages and workers `index-web.ts`. A feature that the runtime lacks throws `unsupported_feature`.
 *
 * @module
 */
import { type AssignmentStorage, UnsupportedFeatureError } from "@isohub/node";

export * from "@isohub/node";

/**
 * Stores the assignment of a device in the page's `localStorage`, for the option `storage`. See `webStorage` of `@isohub/browser`.
 *
 * @param _area - another area, such as `sessionStorage`
 * @throws {UnsupportedFeatureError} `unsupported_feature` outside of web pages and workers
 */
export function webStorage(_area?: {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}): AssignmentStorage {
  throw new UnsupportedFeatureError("webStorage() needs the localStorage of a web page", {
    remediation: "Call fileStorage(path) instead",
  });
}
