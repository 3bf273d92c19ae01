import { asError, ConnectionFailedError } from "../errors.ts";

let retries = 0;

/**
 * Loads a part of the SDK that bundles have in a separate file.
 *
 * @throws {ConnectionFailedError} `load_failed`: may succeed later
 */
export function loadFile<T>(load: () => Promise<T>): Promise<T> {
  return load().catch((cause: unknown) => {
    const { message } = asError(cause);
    // Firefox never loads a file again that failed once, except from another address. The server doesn't see this part of it.
    const address = / (https?:\S+)$/.exec(message)?.[1];
    const retry: Promise<T> =
      address === undefined
        ? Promise.reject(cause)
        : import(/* @vite-ignore */ /* webpackIgnore: true */ `${address}#${++retries}`);
    return retry.catch(() => {
      throw new ConnectionFailedError("load_failed", `Loading a file of the SDK failed: ${message}`, {
        cause,
        remediation: "Deploy all files of your bundler, and reload the page",
      });
    });
  });
}
