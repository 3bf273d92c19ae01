import type { TestHub } from "./test-hub.ts";

/** A message that an outbox has accepted, as the program reported it. */
export interface AcceptedMessage {
  readonly number: number;
  readonly messageId: string;
  readonly priority: string;
}

/** The verdict on an outbox: everything but the counts must be empty. */
export interface OutboxVerdict {
  readonly accepted: number;
  readonly delivered: number;
  /** Messages that arrived more than once, each time with the same id. */
  readonly duplicates: number;
  /** Accepted messages that never arrived. */
  readonly lost: AcceptedMessage[];
  /** Messages that arrived with two ids, or ids of two messages. */
  readonly ambiguous: string[];
  /** Messages that arrived for the first time after a later one of their priority. */
  readonly outOfOrder: string[];
}

interface Delivery extends AcceptedMessage {
  readonly bytes: number;
}

/** Collects what arrives at a hub from one device, and compares it with what was accepted. */
export class OutboxJudge {
  readonly #hub: TestHub;
  readonly #deviceId: string;
  readonly #accepted: AcceptedMessage[] = [];
  readonly #deliveries: Delivery[] = [];
  #after = 0;

  constructor(hub: TestHub, deviceId: string) {
    this.#hub = hub;
    this.#deviceId = deviceId;
  }

  accept(message: AcceptedMessage): void {
    this.#accepted.push(message);
  }

  /** Reads what has arrived since the last time: the hub keeps a limited number of messages. */
  async collect(): Promise<void> {
    const messages = await this.#hub.telemetry(this.#deviceId, { after: this.#after });
    for (const { body, systemProperties, sequenceNumber } of messages) {
      const { number, priority } = JSON.parse(new TextDecoder().decode(body)) as AcceptedMessage;
      const messageId = String(systemProperties["messageId"]);
      this.#deliveries.push({ number, priority, messageId, bytes: body.length });
      this.#after = sequenceNumber;
    }
  }

  verdict(): OutboxVerdict {
    const idOf = new Map<number, string>();
    const numberOf = new Map<string, number>();
    const latest = new Map<string, number>();
    const ambiguous: string[] = [];
    const outOfOrder: string[] = [];
    let duplicates = 0;
    for (const { number, messageId, priority } of this.#deliveries) {
      const isDuplicate = idOf.has(number);
      if ((idOf.get(number) ?? messageId) !== messageId || (numberOf.get(messageId) ?? number) !== number)
        ambiguous.push(`${number} as ${messageId} and ${idOf.get(number)}`);
      idOf.set(number, messageId);
      numberOf.set(messageId, number);
      if (isDuplicate) {
        duplicates++;
        continue;
      }
      const before = latest.get(priority) ?? -1;
      if (number < before) outOfOrder.push(`${priority} ${number} after ${before}`);
      latest.set(priority, Math.max(number, before));
    }
    return {
      accepted: this.#accepted.length,
      delivered: idOf.size,
      duplicates,
      lost: this.#accepted.filter(({ number, messageId }) => idOf.get(number) !== messageId),
      ambiguous,
      outOfOrder,
    };
  }
}
