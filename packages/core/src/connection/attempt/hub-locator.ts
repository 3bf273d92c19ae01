import { type Identity, nameOf } from "../../auth/identity.ts";
import type { IsoHubError } from "../../errors.ts";
import type { Endpoint } from "../../runtime/runtime.ts";
import type { LogLevel } from "../../util/logger.ts";
import type { Credential } from "./credential.ts";

/** A hub, with the identity and the credential of a client there. */
export interface HubTarget {
  readonly endpoint: Endpoint;
  readonly identity: Identity;
  readonly credential: Credential;
}

/** The events of a locator. */
export interface LocatorEvents {
  log(level: LogLevel, message: string, detail: Record<string, unknown>): void;
  /** Something failed that doesn't prevent the client from connecting. */
  onBackgroundError(error: Error): void;
}

/** Knows the hub of a client, or finds it for each connection attempt. Optional methods are for hubs that have to be found. */
export interface HubLocator {
  /** The name of the client in logs. */
  readonly name: string;
  /** The hub, if it is known. */
  readonly target: HubTarget | undefined;
  /**
   * Finds the hub for an attempt; {@link target} if this is left out. The same object as before means the same device at the
   * same hub.
   *
   * @throws {IsoHubError} there is no hub for this client
   */
  locate?(events: LocatorEvents, signal: AbortSignal): HubTarget | Promise<HubTarget>;
  /** The hub was unreachable, or refused the client. @returns another hub, if the attempt shall continue there */
  failed?(error: IsoHubError, events: LocatorEvents, signal: AbortSignal): Promise<HubTarget> | undefined;
  /** The hub has accepted the client. */
  accepted?(events: LocatorEvents): void;
}

/** A hub that the application named. */
export function fixedHub(target: HubTarget): HubLocator {
  return { name: nameOf(target.identity), target };
}
