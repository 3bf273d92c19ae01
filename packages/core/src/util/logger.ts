/** How much an entry matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Is told what a client does. What it throws is ignored. */
export interface Logger {
  /**
   * Is told of one thing that has happened.
   *
   * @param detail - plain values that belong to the message; never keys, tokens or message bodies
   */
  log(level: LogLevel, message: string, detail: Readonly<Record<string, unknown>>): void;
}
