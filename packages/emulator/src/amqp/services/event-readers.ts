import type { AmqpError } from "../rhea/rhea.ts";

/** A reader of a partition. */
export interface EventReader {
  /** A reader with an epoch is the only one of its partition and consumer group. */
  readonly epoch: number | undefined;
  /** Closes the reader, because another one has replaced it. */
  steal(error: AmqpError): void;
}

// The rule of Event Hubs for readers without an epoch.
const maxReaders = 5;

/** The readers of every partition in every consumer group, and the rules of who may read. */
export class EventReaders {
  readonly #readers = new Map<string, Set<EventReader>>();

  /**
   * Adds a reader, and closes those that it replaces. Returns why it is refused, or `undefined`.
   *
   * @param place - the event hub, consumer group and partition
   * @source Event Hubs documentation, "Features and terminology", epoch
   */
  add(place: string, reader: EventReader): AmqpError | undefined {
    const readers = this.#readers.get(place) ?? new Set<EventReader>();
    const owner = [...readers].find(({ epoch }) => epoch !== undefined);
    const { epoch } = reader;
    if (owner?.epoch !== undefined && (epoch === undefined || epoch < owner.epoch)) {
      const wanted = epoch === undefined ? "without an epoch" : `with epoch '${epoch}'`;
      return stolen(
        `A receiver with a higher epoch '${owner.epoch}' already exists, so a receiver ${wanted} can't be created.`,
      );
    }
    if (epoch === undefined && readers.size >= maxReaders) {
      return {
        condition: "amqp:resource-limit-exceeded",
        description: `Exceeded the maximum number of allowed receivers per partition in a consumer group which is ${maxReaders}.`,
      };
    }
    if (epoch !== undefined) {
      for (const other of [...readers]) {
        readers.delete(other);
        other.steal(
          stolen(
            `New receiver with higher epoch of '${epoch}' is created hence current receiver with epoch '${other.epoch ?? "none"}' is getting disconnected.`,
          ),
        );
      }
    }
    readers.add(reader);
    this.#readers.set(place, readers);
    return undefined;
  }

  remove(place: string, reader: EventReader): void {
    const readers = this.#readers.get(place);
    readers?.delete(reader);
    if (readers?.size === 0) this.#readers.delete(place);
  }
}

function stolen(description: string): AmqpError {
  return { condition: "amqp:link:stolen", description };
}
