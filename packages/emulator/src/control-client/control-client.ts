import type { Emulator } from "../api/emulator.ts";
import type { WaitOptions } from "../api/messages.ts";
import type { ControlMethods, TelemetryJson, TelemetryQuery } from "../control/control-methods.ts";
import type { Operation } from "../control/operation.ts";
import { faultOperations, operations } from "../control/operations.ts";
import type { Faults } from "../faults/faults.ts";
import type { HubEvent } from "../hub/events/events.ts";
import type { TelemetryMessage } from "../hub/telemetry/telemetry-message.ts";
import { decodeBase64 } from "./base64.ts";
import { parseEvents } from "./event-stream.ts";
import { type CallOptions, type ControlClientOptions, createSend, reach, type Send } from "./http.ts";

/** The methods of an object in process as requests: each returns a promise and accepts {@link CallOptions} at the end. */
export type Remote<Methods> = {
  readonly [Name in keyof Methods]: Methods[Name] extends (...args: infer Arguments) => infer Result
    ? (...args: [...Arguments, call?: CallOptions]) => Promise<Awaited<Result>>
    : never;
};

/**
 * A hub of an emulator in another process, with the methods of `Emulator`. Each returns a promise and accepts
 * {@link CallOptions} as an additional last argument. It has no state and needs no closing.
 *
 * Every method rejects with a `ControlError` where the method of `Emulator` rejects with a `HubError`, and also if the
 * control API can't be reached.
 */
export type ControlClient = Remote<Omit<ControlMethods, "telemetry" | "events">> &
  Remote<Pick<Emulator, "connectionString" | "patchDesired" | "patchTags">> &
  ControlReaders & {
    /** The URL of the control API. */
    readonly url: string;
    /** Fault injection. */
    readonly faults: Remote<Faults>;
  };

/** The methods of {@link ControlClient} that read telemetry and events. */
export interface ControlReaders {
  /**
   * Lists the telemetry messages in memory, in order of arrival: from all devices, from one device and its modules, or
   * from one module. Can wait for messages to arrive; messages that arrive in time are returned even if they are too few.
   */
  telemetry(
    identity?: string,
    options?: Omit<TelemetryQuery, "encoding">,
    call?: CallOptions,
  ): Promise<TelemetryMessage[]>;
  /**
   * Waits for telemetry: resolves with the first `count` messages of a device or module, or of any, both those in memory
   * and those still to arrive.
   *
   * @throws {Error} after `timeoutMs`, with the number of messages that have arrived
   */
  waitForTelemetry(
    filter?: RemoteTelemetryFilter,
    options?: WaitOptions,
    call?: CallOptions,
  ): Promise<TelemetryMessage[]>;
  /**
   * Opens a stream of events: of all devices, of one device and its modules, or of one module. Resolves when the hub has
   * started to record them, so no later event is missed. Iteration ends when the signal is aborted.
   *
   * @throws {ControlError} ConnectionFailed from the iterator if the connection is lost
   */
  events(identity?: string, call?: CallOptions): Promise<AsyncIterableIterator<HubEvent>>;
}

/** The telemetry that `ControlClient.waitForTelemetry` waits for: of one device or module, or of all. */
export type RemoteTelemetryFilter =
  | { readonly deviceId: string; readonly moduleId?: string; readonly count?: number }
  | { readonly count?: number };

const defaultTimeoutMs = 5_000;

/**
 * Creates a client for the control API of an emulator. It needs only `fetch`, and runs in Node, Deno, Bun and web pages.
 *
 * @param url - `controlUrl` of the hub's endpoints: `http://{host}:{plainPort}/control`
 * @example
 * ```ts
 * const hub = createControlClient("http://127.0.0.1:35533/control");
 * const { connectionString } = await hub.createDevice("thermostat");
 * await hub.faults.drop("thermostat", { afterPublishes: 3 });
 * ```
 * @throws {TypeError} if `url` isn't a URL
 */
export function createControlClient(url: string, options: ControlClientOptions = {}): ControlClient {
  if (!URL.canParse(url)) throw new TypeError(`url must be the URL of a control API, got '${url}'`);
  const send = createSend(url, options);
  const remote = remoteOf<Remote<ControlMethods>>(operations, send);
  const { getDevice, getModule, patchTwin } = remote;

  const telemetry: ControlClient["telemetry"] = async (identity, query, call) => {
    const answer = await send(operations.telemetry, [identity, query], call);
    const messages = (await answer.json()) as TelemetryJson[];
    return messages.map(({ bodyEncoding, body, ...message }) => ({
      ...message,
      body: bodyEncoding === "base64" ? decodeBase64(body) : new TextEncoder().encode(body),
    }));
  };

  return {
    ...remote,
    url,
    faults: remoteOf<Remote<Faults>>(faultOperations, send),
    telemetry,
    async waitForTelemetry(filter = {}, wait = {}, call) {
      const identity = "deviceId" in filter ? identityOf(filter) : undefined;
      const expected = wait.count ?? filter.count ?? 1;
      const { timeoutMs = defaultTimeoutMs } = wait;
      const messages = await telemetry(identity, { waitMs: timeoutMs, count: expected }, call);
      if (messages.length >= expected) return messages.slice(0, expected);
      throw new Error(`${messages.length} of ${expected} telemetry messages arrived within ${timeoutMs} ms`);
    },
    async events(identity, call) {
      const { body } = await send(operations.events, [identity], call);
      return readEvents(url, body, call?.signal);
    },
    async connectionString(identity, call) {
      const [deviceId = "", moduleId] = identity.split("/");
      const registered =
        moduleId === undefined ? getDevice(deviceId, call) : getModule(deviceId, moduleId, call);
      return (await registered).connectionString;
    },
    patchDesired: (identity, desired, call) => patchTwin(identity, { desired }, call),
    patchTags: (identity, tags, call) => patchTwin(identity, { tags }, call),
  };
}

function identityOf({
  deviceId,
  moduleId,
}: {
  readonly deviceId: string;
  readonly moduleId?: string;
}): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}

/** Creates a method for each operation of a table. */
function remoteOf<Methods>(table: Readonly<Record<string, Operation>>, send: Send): Methods {
  const methods = Object.entries(table).map(([name, operation]) => {
    const { positional, options } = operation;
    const count = Object.keys(positional).length + (Object.keys(options).length > 0 ? 1 : 0);
    const method = async (...args: unknown[]): Promise<unknown> => {
      const answer = await send(operation, args.slice(0, count), args[count] as CallOptions | undefined);
      return readResult(operation, answer);
    };
    return [name, method];
  });
  // The table has a row for each method, with its parameters.
  return Object.fromEntries(methods) as Methods;
}

async function readResult({ answer, answerIn, mediaType }: Operation, response: Response): Promise<unknown> {
  if (mediaType === "application/octet-stream") return new Uint8Array(await response.arrayBuffer());
  if (mediaType !== undefined) return response.text();
  if (answer === undefined) return undefined;
  const body: unknown = await response.json();
  return answerIn === undefined ? body : (body as Readonly<Record<string, unknown>>)[answerIn];
}

async function* readEvents(
  url: string,
  body: ReadableStream<Uint8Array> | null,
  signal: AbortSignal | undefined,
): AsyncGenerator<HubEvent> {
  if (body === null) return;
  const events = parseEvents(body);
  try {
    for (;;) {
      const { done, value } = await reach(url, signal, () => events.next());
      if (done) return;
      yield value as HubEvent;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    await events.return(undefined);
  }
}
