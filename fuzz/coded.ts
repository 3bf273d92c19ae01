import { ArgumentError, IsoHubError } from "../packages/core/src/errors.ts";
import { HubError } from "../packages/emulator/src/hub/hub-error.ts";

/** An error of the project: what a caller of the SDK, or a client of the emulator, can switch on. */
export type CodedError = IsoHubError | ArgumentError | HubError;

/** The result of a call, or its error. */
export type Outcome<T> = { readonly value: T } | { readonly error: CodedError };

/**
 * Calls a parser with an input from outside.
 *
 * @throws the parser's error, if it isn't one of the project's
 */
export function attempt<T>(parse: () => T): Outcome<T> {
  try {
    return { value: parse() };
  } catch (error) {
    return { error: coded(error) };
  }
}

/** Does the same as {@link attempt} for a call that returns a promise. */
export async function attemptAsync<T>(call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    return { error: coded(error) };
  }
}

/** @throws the error, if it isn't one of the project's */
export function coded(error: unknown): CodedError {
  if (error instanceof IsoHubError || error instanceof ArgumentError) {
    if (typeof error.code === "string") return error;
  } else if (error instanceof HubError && error.statusCode < 500) return error;
  throw error;
}

/** @throws {Error} if the error's message or remediation contains one of these */
export function mustNotShow({ error }: { readonly error: CodedError }, secrets: readonly string[]): void {
  const remediation = "remediation" in error ? (error.remediation ?? "") : "";
  const text = `${error.message}\n${remediation}`;
  // Shorter ones may be words of the message.
  if (secrets.some((secret) => secret.length >= 12 && text.includes(secret)))
    throw new Error(`the error '${error.name}' shows a secret`);
}
