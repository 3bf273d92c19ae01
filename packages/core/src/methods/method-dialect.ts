/** What direct methods need of a hub's protocol. */
export interface MethodDialect {
  /** Reads the payload of a call, `null` if it has none. What this throws means that the payload is not valid. */
  readMethodPayload(payload: Uint8Array): unknown;
  /** @throws {ArgumentError} `invalid_argument` for a payload without a JSON form */
  encodeMethodPayload(payload: unknown): string;
  methodResponseTopic(requestId: string, status: number): string;
}
