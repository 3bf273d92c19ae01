import { type Identity, nameOf } from "../auth/identity.ts";
import type { IsoHubError } from "../errors.ts";
import type { Endpoint } from "../runtime/runtime.ts";
import type { LogLevel } from "../util/logger.ts";
import type { Credential } from "./credential.ts";

/** A hub, as whom a client connects to it, and with what. */
export interface HubTarget {
  readonly endpoint: Endpoint;
  readonly identity: Identity;
  readonly credential: Credential;
}

/** Whom a locator tells what it does. */
export interface LocatorEvents {
  log(level: LogLevel, message: string, detail: Record<string, unknown>): void;
  /** Something failed that the client can go on without. */
  onBackgroundError(error: Error): void;
}

/**
 * Knows the hub of a client, or finds it. Each dial asks anew; there is one dial at a time. What is left out is only for
 * hubs that have to be found.
 */
export interface HubLocator {
  /** What logs call the client. */
  readonly name: string;
  /** The hub as far as it is known. */
  readonly target: HubTarget | undefined;
  /**
   * Where a dial goes, if it is not just {@link target}. The same object as before stands for the same device at the same hub.
   *
   * @throws {IsoHubError} there is no hub for this client
   */
  locate?(events: LocatorEvents, signal: AbortSignal): HubTarget | Promise<HubTarget>;
  /** The hub could not be reached, or refused. @returns where the dial goes on to, if not all is said with that */
  failed?(error: IsoHubError, events: LocatorEvents, signal: AbortSignal): Promise<HubTarget> | undefined;
  /** The hub has accepted the client. */
  accepted?(): void;
}

/** A hub that was named when the client was made. */
export function fixedHub(target: HubTarget): HubLocator {
  return { name: nameOf(target.identity), target };
}
