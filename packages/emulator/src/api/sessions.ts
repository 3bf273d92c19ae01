import { isoTime } from "../hub/clock.ts";
import type { HubEvent } from "../hub/events/events.ts";
import type { Hub } from "../hub/hub.ts";
import type { Session, Transport } from "../hub/sessions/session.ts";
import type { FilterKind } from "../hub/sessions/topics.ts";
import { type PageOptions, pageOf } from "./paging.ts";

/** An open connection. */
export interface SessionInfo {
  readonly clientId: string;
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly transport: Transport;
  /** Address and port of the client. */
  readonly remoteAddress: string;
  /** ISO 8601 in UTC. */
  readonly connectedAt: string;
  /** In seconds. The hub closes the connection after 1.5 times this long without a packet. */
  readonly keepAlive: number;
  readonly clean: boolean;
  /** The subscriptions of the device, with their granted QoS. */
  readonly subscriptions: Readonly<Partial<Record<FilterKind, 0 | 1>>>;
  /** The `DeviceClientType` in the user name. */
  readonly userAgent?: string;
  readonly modelId?: string;
  /** Expiry of the token, ISO 8601 in UTC. */
  readonly tokenExpiry?: string;
}

/** The connections of devices and modules, and the events of a hub. */
export interface EmulatorSessions {
  /** Lists the open connections. The `id` of one is its client id. */
  sessions(page?: PageOptions): SessionInfo[];
  /** Drops the connection of a device or module without notifying it. Returns false if it isn't connected. */
  kick(identity: string): boolean;
  /** Iterates over events from this call on, until the signal is aborted or the emulator is closed. */
  events(options?: { signal?: AbortSignal }): AsyncIterableIterator<HubEvent>;
  /** Calls `listener` with every event from now on. Returns a function that removes the listener. */
  on(listener: (event: HubEvent) => void): () => void;
}

/** Implements {@link EmulatorSessions} with a hub. */
export function sessionsOf({ sessions, events }: Hub, kick: (identity: string) => boolean): EmulatorSessions {
  return {
    sessions(page) {
      const live = sessions.list().filter((session) => session.live);
      return pageOf(live, ({ key }) => key, page).map(sessionInfo);
    },
    kick,
    events: ({ signal } = {}) => events.stream(signal),
    on: (listener) => events.on(listener),
  };
}

function sessionInfo(session: Session): SessionInfo {
  const { identity, connectFields, connection, connectedAt, subscriptions, clientInfo, expiresAt } = session;
  const { transport, remoteAddress } = connection;
  return {
    clientId: connectFields.clientId,
    ...identity,
    transport,
    remoteAddress,
    connectedAt: isoTime(connectedAt),
    keepAlive: connectFields.keepAlive,
    clean: connectFields.clean,
    subscriptions: subscriptions.byKind(),
    ...(clientInfo.userAgent === undefined ? {} : { userAgent: clientInfo.userAgent }),
    ...(clientInfo.modelId === undefined ? {} : { modelId: clientInfo.modelId }),
    ...(expiresAt === undefined ? {} : { tokenExpiry: isoTime(expiresAt) }),
  };
}
