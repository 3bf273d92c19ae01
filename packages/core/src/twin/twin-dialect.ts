import type { Inbound } from "../connection/dialect.ts";
import type { OutboundPublish } from "../mqtt/engine.ts";
import type { JsonObject } from "../util/json.ts";

/** The two sections of a twin that a device can read, each with its `$version`. */
export interface TwinSections {
  desired: JsonObject;
  reported: JsonObject;
}

/** The hub's answer to a patch of reported properties. */
export interface ReportedVersion {
  /** The `$version` of the reported properties after the patch; `undefined` if the hub's answer doesn't have it. */
  readonly version: number | undefined;
}

/** A response to a twin request. */
export interface TwinResponse {
  readonly inbound: Inbound;
  readonly payload: Uint8Array;
}

/** The part of a hub's protocol that twins need. */
export interface TwinDialect {
  /**
   * Encodes a request to read the twin or, with a patch, to patch its reported properties.
   *
   * @param patch - JSON
   * @returns a message at QoS 0: the response is the acknowledgement, and the hub sends it on this connection only
   */
  encodeTwinRequest(requestId: string, patch: string | undefined): OutboundPublish;
  /**
   * Checks the status of a response.
   *
   * @param operation - for the message of the error
   * @throws {ServiceError} the hub refused the request
   */
  checkTwinResponse(operation: string, response: TwinResponse): void;
  /** @throws {ProtocolError} the payload isn't a twin */
  readTwin(response: TwinResponse): TwinSections;
  readReported(response: TwinResponse): ReportedVersion;
  /** Reads a patch of desired properties, with its `$version` if the hub sent one. @throws {ProtocolError} `invalid_json` */
  readPatch(inbound: Inbound, payload: Uint8Array): JsonObject;
}
