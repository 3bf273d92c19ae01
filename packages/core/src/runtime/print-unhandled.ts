/** Implements `Runtime.reportUnhandled` for runtimes whose `reportError` is missing or ends the process. */
export function printUnhandled(error: Error): void {
  // biome-ignore lint/suspicious/noConsole: the application has no other listener
  console.error(error);
}
