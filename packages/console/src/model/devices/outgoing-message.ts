/** A message that a person composed, or that the device sent by its type. */
export interface OutgoingMessage {
  readonly body: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly contentType: string;
  /** The output of a module. */
  readonly output?: string | undefined;
}
