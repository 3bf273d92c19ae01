/** A packet to the client that faults can withhold or delay. */
export type AnswerType = "puback" | "suback" | "pingresp" | "other";

/** The effect of faults on an outgoing packet: it is sent, dropped, or delayed. */
export type Verdict = "pass" | "drop" | { readonly delayMs: number };

/** The faults of one connection. `key` is its identity, once that is known. */
export interface ConnectionFaults {
  /** Decides what happens to an outgoing packet. */
  judge(key: string | undefined, type: AnswerType): Verdict;
  /** Counts received bytes. Returns how many more may be received, or `undefined` if there is no limit. */
  receiveLimit(key: string | undefined, bytes: number): number | undefined;
  /** Returns why the hub refuses a PUBLISH, and closes the connection. */
  refusal(key: string, topic: string): string | undefined;
  /** Counts a received PUBLISH. Returns how to cut the connection if this was the last one, else `undefined`. */
  countPublish(key: string): "fin" | "rst" | undefined;
  /** Returns how to cut a connection that has received its last byte. */
  cutting(key: string | undefined): "fin" | "rst";
}
