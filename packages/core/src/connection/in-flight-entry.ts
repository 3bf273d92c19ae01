/**
 * The form of a message's topic. `relative`: without the prefix of the device, which is added when the message is sent,
 * because the device may have moved to another hub by then. `reply`: in full, for the hub that sent the request.
 */
export type OutboundKind = "relative" | "reply";

/** A message at QoS 1, until it is acknowledged. */
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
  /** Its position among all messages sent, for comparisons. */
  order: number;
  sentAt: number;
  /** Whether its promise has settled. If it is in flight, its packet id stays in use until the hub acknowledges it. */
  settled: boolean;
  dispose: (() => void) | undefined;
  /** The list that contains it, and its neighbors there. */
  list: EntryList | undefined;
  before: Entry | undefined;
  after: Entry | undefined;
}

/** Creates the entry of a message that hasn't been sent. For the parameters, see {@link Entry}. */
export function newEntry(
  kind: OutboundKind,
  what: string,
  topic: string,
  payload: Uint8Array | string,
  timeoutMs: number,
  now: number,
  resolve: () => void,
  reject: (error: unknown) => void,
): Entry {
  return {
    kind,
    what,
    topic,
    payload,
    timeoutMs,
    deadline: now + timeoutMs,
    resolve,
    reject,
    packetId: 0,
    order: 0,
    sentAt: 0,
    settled: false,
    dispose: undefined,
    list: undefined,
    before: undefined,
    after: undefined,
  };
}

/** Returns the topic of a message in full. @param prefix - of relative topics */
export function topicOf({ kind, topic }: Entry, prefix: string): string {
  return kind === "relative" ? prefix + topic : topic;
}

/** A doubly linked list: an entry can be removed from any position. */
export class EntryList {
  #first: Entry | undefined;
  #last: Entry | undefined;

  get first(): Entry | undefined {
    return this.#first;
  }

  push(entry: Entry): void {
    entry.list = this;
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
    // A reference from an old entry would make the garbage collector treat newer ones as old.
    entry.list = undefined;
    entry.before = undefined;
    entry.after = undefined;
  }

  /** A copy of the list. */
  all(): Entry[] {
    const all: Entry[] = [];
    for (let entry = this.#first; entry !== undefined; entry = entry.after) all.push(entry);
    return all;
  }
}
