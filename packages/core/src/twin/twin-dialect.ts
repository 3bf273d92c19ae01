import type { Inbound } from "../connection/dialect.ts";
import type { OutboundPublish } from "../mqtt/engine.ts";
import type { JsonObject } from "../util/json.ts";

/** The two sections of a twin that a device can read, each with its `$version`. */
export interface TwinSections {
  desired: JsonObject;
  reported: JsonObject;
}

/** What the hub answers to a patch of reported properties. */
export interface ReportedVersion {
  /** The `$version` of the reported properties after the patch; `undefined` if the hub's answer doesn't have it. */
  readonly version: number | undefined;
}

/** A response to a twin request. */
export interface TwinResponse {
  readonly inbound: Inbound;
  readonly payload: Uint8Array;
}

/** A kind of request about a twin: how it is sent, and how its response is read. */
export interface TwinRequest<TBody, TResult> {
  /** For messages: "Reading the twin". */
  readonly what: string;
  /** @returns a message at QoS 0: the response is the acknowledgement, and the hub sends it on this connection only */
  encode(requestId: string, body: TBody): OutboundPublish;
  /**
   * @throws {ServiceError} the hub refused the request
   * @throws {ProtocolError} the response could not be read
   */
  read(response: TwinResponse): TResult;
}

/** The part of a hub's protocol that twins need. */
export interface TwinDialect {
  readonly getTwin: TwinRequest<undefined, TwinSections>;
  /** The body is the JSON of the patch. */
  readonly patchReported: TwinRequest<string, ReportedVersion>;
  /** Reads a patch of desired properties, with its `$version` if the hub sent one. @throws {ProtocolError} `invalid_json` */
  readPatch(inbound: Inbound, payload: Uint8Array): JsonObject;
}
