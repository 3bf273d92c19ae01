import { encodeBase64, fromUtf8 } from "@isohub/core/internal";
import type { Emulator } from "../api/emulator.ts";
import { trustStoreOf } from "../certificates/node/trust-store.ts";
import type { HubEvent } from "../hub/events/events.ts";
import { HubError } from "../hub/hub-error.ts";
import {
  filterFor,
  matches,
  type TelemetryFilter,
  type TelemetryMessage,
} from "../hub/telemetry/telemetry-message.ts";
import type { Store, StoreContents } from "../store/store.ts";
import { listText, snapshotText } from "../store/store-contents.ts";
import type {
  ControlMethods,
  HubInfo,
  NamedHubInfo,
  TelemetryJson,
  TelemetryQuery,
} from "./control-methods.ts";
import { openApiDocument } from "./openapi.ts";

/** Opens a stream of events that ends with the signal. */
export type OpenEvents = (signal: AbortSignal) => AsyncIterable<HubEvent>;

/** Iterates over telemetry in order of arrival, after a sequence number. */
export interface TelemetrySource {
  messages(filter: TelemetryFilter, after: number): Iterable<TelemetryMessage>;
}

/** The sources that handlers read directly, because a whole result may be larger than the memory. */
export interface HandlerSources {
  readonly telemetry: TelemetrySource;
  /** Returns the state of all hubs at one moment. */
  readonly state: Pick<Store, "contents">;
}

/** The methods that `Emulator` lacks, or whose answers over HTTP differ from those in process. */
export interface HandledMethods
  extends Pick<
    ControlMethods,
    | "info"
    | "caPem"
    | "caTrustStore"
    | "openApi"
    | "hubs"
    | "createHub"
    | "closeHub"
    | "kick"
    | "stopWorkload"
  > {
  // These return their JSON in pieces.
  telemetry(...parameters: Parameters<ControlMethods["telemetry"]>): Promise<Iterator<string>>;
  exportState(): Iterator<string>;
  events(identity?: string): OpenEvents;
}

/** Implements the operations that `Emulator` has no method for. */
export function handlersOf(emulator: Emulator, { telemetry, state }: HandlerSources): HandledMethods {
  return {
    info: () => hubInfo(emulator),
    caPem: () => emulator.ca,
    caTrustStore: () => trustStoreOf(emulator.ca),
    openApi: () => openApiDocument(emulator.endpoints.controlUrl),
    hubs: () => [...emulator.hubs()].map(([name, hub]) => ({ name, ...hubInfo(hub) })),
    async createHub(name, options): Promise<NamedHubInfo> {
      return { name, ...hubInfo(await emulator.createHub(name, options)) };
    },
    async closeHub(name) {
      const hub = emulator.hubs().get(name);
      if (hub === undefined) throw new HubError("GenericNotFound", `There is no hub '${name}'.`);
      if (hub === [...emulator.hubs().values()][0]) {
        throw new HubError("ArgumentInvalid", "The first hub closes with the emulator.");
      }
      await hub.close();
    },
    kick(identity) {
      // In process, a device that isn't registered counts as not connected.
      emulator.connectionString(identity);
      return emulator.kick(identity);
    },
    async stopWorkload(id) {
      const workload = emulator.workloads().find((each) => each.id === id);
      if (workload === undefined) throw new HubError("GenericNotFound", `There is no workload API '${id}'.`);
      await workload.close();
    },
    async telemetry(
      identity,
      { after = 0, limit = Number.POSITIVE_INFINITY, waitMs = 0, count = 1, encoding } = {},
    ) {
      const filter = filterFor(identity);
      const isNew = (message: TelemetryMessage): boolean =>
        message.sequenceNumber > after && matches(message, filter);
      // Messages that arrive in time are the answer, even if they are too few.
      if (waitMs > 0) await emulator.waitForTelemetry(isNew, { count, timeoutMs: waitMs }).catch(() => {});
      return listText(telemetryJsons(telemetry.messages(filter, after), limit, encoding));
    },
    exportState: () => stateText(state.contents()),
    events: (identity) => (signal) => eventsOf(emulator.events({ signal }), filterFor(identity)),
  };
}

async function* eventsOf(events: AsyncIterable<HubEvent>, filter: TelemetryFilter): AsyncGenerator<HubEvent> {
  for await (const event of events) if (matches(event, filter)) yield event;
}

function hubInfo(emulator: Emulator): HubInfo {
  const { hostName, endpoints, ca, idScope } = emulator;
  const { serviceConnectionString, eventHubConnectionString, provisioningConnectionString } = emulator;
  return {
    hostName,
    endpoints,
    ca,
    serviceConnectionString,
    eventHubConnectionString,
    idScope,
    provisioningConnectionString,
  };
}

function* stateText(contents: StoreContents): Generator<string> {
  yield '{"snapshot":';
  yield* snapshotText(contents);
  yield "}";
}

function* telemetryJsons(
  messages: Iterable<TelemetryMessage>,
  limit: number,
  encoding: TelemetryQuery["encoding"] | undefined,
): Generator<TelemetryJson> {
  let count = 0;
  for (const message of messages) {
    yield telemetryJson(message, encoding);
    if (++count >= limit) return;
  }
}

function telemetryJson(message: TelemetryMessage, encoding: "base64" | undefined): TelemetryJson {
  const text = encoding === undefined ? decodeUtf8(message.body) : undefined;
  if (text !== undefined) return { ...message, body: text, bodyEncoding: "utf-8" };
  return { ...message, body: encodeBase64(message.body), bodyEncoding: "base64" };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8(bytes);
  } catch {
    return undefined;
  }
}
