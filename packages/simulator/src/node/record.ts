import { setTimeout as sleep } from "node:timers/promises";
import { ArgumentError } from "@isohub/core";
import { asError } from "@isohub/core/internal";
import { createControlClient } from "@isohub/emulator/control-client";
import { type RecordedMessage, recordScenario } from "../hub/recording.ts";

// The hub keeps a limited number of messages. Reading often takes each one before the hub drops it.
const intervalMs = 250;
// A hub that hangs must not keep a recording from ending.
const lastReadingMs = 5000;

/** The length of a recording, and the listeners for its start and early end. */
export interface RecordOptions {
  /** The length of time to record, in milliseconds. Default: none; the recording has the messages that the hub already holds. */
  readonly forMs?: number | undefined;
  /** Ends the recording early. */
  readonly signal: AbortSignal;
  /** Called when a recording with a length begins. */
  onBegin(): void;
  /** Called with a notice if the recording lacks messages, or may lack some because the hub couldn't be read at the end. */
  onNotice(text: string): void;
}

/**
 * Records the telemetry of a local hub as a scenario, in JSON.
 *
 * @param url - the URL of the hub's control API
 * @throws {ArgumentError} `invalid_argument`: no message can be replayed
 */
export async function recordHub(
  url: string,
  { forMs, signal, onBegin, onNotice }: RecordOptions,
): Promise<string> {
  const hub = createControlClient(url);
  const messages: RecordedMessage[] = [];
  let after = 0;
  const read = async (ended: AbortSignal): Promise<void> => {
    for (const message of await hub.telemetry(undefined, { after }, { signal: ended })) {
      after = message.sequenceNumber;
      messages.push(message);
    }
  };
  await read(signal);
  if (forMs !== undefined) {
    messages.length = 0;
    onBegin();
    const endAt = performance.now() + forMs;
    while (performance.now() < endAt && !signal.aborted) {
      await sleep(intervalMs, undefined, { signal }).catch(() => {});
      // The next reading, or the last one, returns the messages that this one misses.
      if (!signal.aborted) await read(signal).catch(() => {});
    }
    await read(AbortSignal.timeout(lastReadingMs)).catch((error: unknown) => {
      if (messages.length === 0) throw error;
      onNotice(`The recording may lack the last messages: ${asError(error).message}`);
    });
  }
  const scenario = recordScenario(messages);
  if (scenario !== undefined) {
    const specs = Object.values(scenario.types ?? {}).flatMap(({ messages: specs = [] }) => specs);
    const omitted = messages.length - specs.reduce((sum, { limit = 0 }) => sum + limit, 0);
    if (omitted > 0)
      onNotice(
        `Omitted ${omitted} of ${messages.length} messages: they are from modules, or their body isn't a JSON object.`,
      );
    return `${JSON.stringify(scenario, null, 2)}\n`;
  }
  throw new ArgumentError(
    "invalid_argument",
    `the hub must have telemetry of devices whose bodies are JSON objects, got ${messages.length} other messages`,
  );
}
