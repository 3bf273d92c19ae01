/** A message that was composed by hand, or that the device sends according to its type. */
export interface OutgoingMessage {
  readonly body: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly contentType: string;
  /** The output of a module. */
  readonly output?: string | undefined;
}
