/**
 * How the topic of a message is given. `relative`: without the prefix of the device, which is added when the message is sent,
 * because the device may have moved to another hub by then. `reply`: in full, for the hub that sent the request.
 */
export type OutboundKind = "relative" | "reply";

/** A QoS 1 message from the moment it is accepted to its acknowledgement. */
export interface Entry {
  readonly kind: OutboundKind;
  readonly what: string;
  readonly topic: string;
  readonly payload: Uint8Array | string;
  readonly timeoutMs: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** 0 until it is sent. */
  packetId: number;
  sentAt: number;
  /** Its promise has settled; in flight it still holds its packet id until the hub or the end of the session frees it. */
  settled: boolean;
  dispose: (() => void) | undefined;
  /** Where it stands, with its neighbours there. */
  line: EntryList | undefined;
  before: Entry | undefined;
  after: Entry | undefined;
}

/** Messages in a line: from any place in it one may step out. */
export class EntryList {
  #first: Entry | undefined;
  #last: Entry | undefined;

  get first(): Entry | undefined {
    return this.#first;
  }

  push(entry: Entry): void {
    entry.line = this;
    entry.before = this.#last;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
  }

  remove(entry: Entry): void {
    const { before, after } = entry;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // An old entry must not hold on to newer ones: the collector takes them for old, too.
    entry.line = undefined;
    entry.before = undefined;
    entry.after = undefined;
  }

  /** All of them, as they stand now. */
  all(): Entry[] {
    const all: Entry[] = [];
    for (let entry = this.#first; entry !== undefined; entry = entry.after) all.push(entry);
    return all;
  }
}
