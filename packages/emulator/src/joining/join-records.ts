/** A request to join another hub, with the addresses of the joining hub for devices and for the other hub. */
export interface JoinOptions {
  /** Identifies the run of the process, to distinguish two processes with the same name. */
  instance: string;
  /** The version of `@isohub/emulator`. Both hubs must have the same one. */
  version: string;
  /** The host that devices are assigned to, with a port if they need one. */
  host: string;
  /** The same for devices that can't use TLS: `ws://host:port`. */
  plainHost: string;
  /** The control API of the joining hub. */
  controlUrl: string;
  /** The token of that control API. */
  controlToken?: string;
  /** PEM of the certificate authority of that control API, for `https:`. */
  ca: string;
}

/** The answer to a hub that has joined. */
export interface JoinAnswer {
  /** PEM of the certificate authority that clients of the first hub trust. */
  readonly ca: string;
}

/** A certificate that the first hub has issued to a joining one. */
export interface IssuedServerCertificate {
  /** PEM of the certificate. Clients have its authority. */
  readonly cert: string;
  /** PEM of the authority. */
  readonly ca: string;
}

/** A hub of another process that devices can be assigned to. */
export interface JoinedHubInfo {
  /** The name in enrollments. */
  readonly name: string;
  /** The host that devices are assigned to. */
  readonly host: string;
  readonly controlUrl: string;
  readonly version: string;
  /** Whether devices are assigned to it: false after it has left or can't be reached, until it joins again. */
  readonly isAvailable: boolean;
}

/** The status of a hub that has joined another one. */
export interface JoinStatus {
  /** The name in enrollments of the first hub. */
  readonly name: string;
  /** The control API of the first hub. */
  readonly url: string;
  readonly instance: string;
  /** Whether the first hub accepted the latest request to join. */
  readonly isJoined: boolean;
}

/** The time for a request between two hubs, once it has a connection, in milliseconds. */
export const requestTimeoutMs = 10_000;
/** The time between two announcements of a joined hub, in milliseconds. */
export const announceIntervalMs = 5_000;
