import { stampPublish, withTopicStart } from "../../mqtt/publish-packet.ts";

/** The start of a topic that has none. */
export const noPrefix: Uint8Array = new Uint8Array(0);

/** A message to send at QoS 1. */
export interface OutboundMessage {
  /** The operation, for errors. */
  readonly operation: string;
  /** The PUBLISH. */
  packet: Uint8Array;
  /**
   * The start of its topic, which depends on the hub: the device may have moved to another one by the time it is sent. Undefined for a
   * reply, which is for the hub that sent the request.
   */
  prefix?: Uint8Array | undefined;
}

/** A message at QoS 1, until it is acknowledged. */
export interface Entry extends OutboundMessage {
  readonly timeoutMs: number;
  deadline: number;
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
  { operation, packet, prefix }: OutboundMessage,
  timeoutMs: number,
  now: number,
  resolve: () => void,
  reject: (error: unknown) => void,
): Entry {
  return {
    operation,
    packet,
    prefix,
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

/** Returns the packet to send at a hub. @param prefix - the start of topics there */
export function packetFor(entry: Entry, prefix: Uint8Array, dup: boolean): Uint8Array {
  if (entry.prefix !== undefined && entry.prefix !== prefix) {
    entry.packet = withTopicStart(entry.packet, entry.prefix.length, prefix);
    entry.prefix = prefix;
  }
  stampPublish(entry.packet, entry.packetId, dup);
  return entry.packet;
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
