import { ClientOutbox } from "./client-outbox.ts";
import type { Outbox } from "./outbox.ts";
import { type OutboxOptions, readOutboxOptions } from "./outbox-options.ts";

/**
 * Creates an outbox for the option `outbox` of a client: it stores messages before they are sent, so that those that it has accepted
 * survive a lost connection, and with a persistent store also a restart.
 *
 * The client opens the store when it is created, connects if messages are left unless `autoConnect` is off, and sends them before newer
 * ones of the same priority. An outbox, and its store, can be used by one client at a time, and again after its `shutdown()`.
 *
 * @throws {ArgumentError} `invalid_argument`, `unknown_option`
 * @example
 * const outbox = createOutbox({ store: fileOutboxStore("/var/lib/thermostat/outbox"), timeToLiveMs: 86_400_000 });
 * const client = IoTHubDeviceClient.createFromConnectionString(connectionString, { outbox });
 * const { acknowledged } = await client.enqueue({ temperature: 21.5 });
 */
export function createOutbox(options: OutboxOptions = {}): Outbox {
  const rules = readOutboxOptions(options);
  return { open: (host) => new ClientOutbox(host, rules) };
}
