/** Severity of a log entry. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Receives a client's log entries. Exceptions it throws are ignored. */
export interface Logger {
  /**
   * Receives one entry.
   *
   * @param detail - plain values that belong to the entry; never keys, tokens or message bodies
   */
  log(level: LogLevel, message: string, detail: Readonly<Record<string, unknown>>): void;
}
