/** Receives lines: standard output, or a file. */
export interface LineSink {
  /** The bytes that were written and haven't left this process. */
  readonly waitingBytes: number;
  write(text: string): void;
}

/** Options of {@link EventOutput}. */
export interface EventOutputOptions<Event> {
  readonly sink: LineSink;
  /** Formats an event as a line, without its end. */
  format(event: Event): string;
  /** Formats the number of events that were left out. */
  formatDropped(count: number): string;
  /** Calls a function soon, after what is being done now. */
  defer(run: () => void): void;
}

// A reader that is behind by more loses events instead of filling the memory.
const maxWaitingBytes = 4 * 1024 * 1024;
const maxWaitingEvents = 20_000;

/**
 * Writes events as lines, off the hot path: an event is only remembered when it happens, and formatted and written
 * together with others later. If the reader doesn't read, events are left out, and a line counts them.
 */
export class EventOutput<Event> {
  readonly #options: EventOutputOptions<Event>;
  #waiting: Event[] = [];
  #dropped = 0;
  #isDeferred = false;

  constructor(options: EventOutputOptions<Event>) {
    this.#options = options;
  }

  /** Remembers an event. */
  add(event: Event): void {
    if (this.#waiting.length >= maxWaitingEvents) this.#dropped++;
    else this.#waiting.push(event);
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#options.defer(() => this.flush());
  }

  /** Writes the events that wait. */
  flush(): void {
    this.#isDeferred = false;
    const { sink, format, formatDropped } = this.#options;
    const events = this.#waiting;
    this.#waiting = [];
    if (sink.waitingBytes > maxWaitingBytes) {
      this.#dropped += events.length;
      return;
    }
    const lines = events.map(format);
    if (this.#dropped > 0) lines.unshift(formatDropped(this.#dropped));
    this.#dropped = 0;
    if (lines.length > 0) sink.write(`${lines.join("\n")}\n`);
  }
}
