import { fromUtf8 } from "@isohub/core/internal";
import type { Certificate } from "../certificates/certificate.ts";
import { type AuthContext, authenticate } from "./credentials/credentials.ts";
import { parseUserName } from "./credentials/user-name.ts";
import type { EventBody, RefusalReason } from "./events/events.ts";
import { parseIdentity } from "./identities/identity.ts";
import { type ConnectFields, type DeviceConnection, Session } from "./sessions/session.ts";
import { eventsBag } from "./sessions/topics.ts";

/** A CONNECT packet and its connection. */
export interface ConnectRequest {
  readonly connectFields: ConnectFields;
  readonly userName: string | undefined;
  readonly password: Uint8Array | undefined;
  /** The client certificate of the TLS connection with its chain, leaf first; none by default. */
  readonly certificates?: readonly Certificate[];
  readonly connection: DeviceConnection;
}

/** A refused CONNECT. Without `returnCode` the connection is closed without a CONNACK. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly returnCode?: 1 | 2 | 3 | 4 | 5;
  readonly detail: string;
}

/** An accepted CONNECT, and what of it the hub tolerates or ignores. */
export interface Admission {
  readonly session: Session;
  readonly warnings: readonly EventBody<"warning">[];
}

/** The result of a CONNECT. */
export type ConnectOutcome = Refusal | Admission;

/**
 * Decides on a CONNECT: user name, identity, credential and will, in this order.
 *
 * Return code 3 is for too many connections in a second, 4 for a user name that can't be parsed, 5 for everything else that
 * isn't valid.
 */
export async function admit(context: AuthContext, request: ConnectRequest): Promise<ConnectOutcome> {
  const { connectFields, userName, password, connection } = request;
  if (!context.throttles.allows("connect")) {
    return refuse("throttled", 3, "the rate of connections is exceeded");
  }
  const identity = parseIdentity(connectFields.clientId);
  const name = userName === undefined ? "malformed" : parseUserName(userName, connectFields.clientId);
  if (name === "malformed")
    return refuse("malformedUserName", 4, "the user name is not {host}/{client id}/?api-version=…");
  if (name === "identityMismatch" || identity === undefined) {
    return refuse("identityMismatch", 5, "the user name is for another client id");
  }
  const hasVersion = name.apiVersion !== undefined;
  if (!hasVersion && context.requireApiVersion) {
    return refuse("malformedUserName", 4, "the user name has no api-version");
  }
  if (!context.hostNames.has(name.hostName)) {
    return refuse("unknownHost", 5, `'${name.hostName}' is not a host name of this hub`);
  }
  const proof = await authenticate(context, identity, {
    token: password === undefined ? undefined : textOf(password),
    certificates: request.certificates ?? [],
  });
  if ("reason" in proof) return refuse(proof.reason, 5, proof.detail);
  const { will, ...withoutWill } = connectFields;
  if (will?.qos === 2) return { reason: "badWill", detail: "a will must have QoS 0 or 1, got QoS 2" };
  const isIgnored = will !== undefined && eventsBag(will.topic, identity) === undefined;
  const fields = isIgnored ? withoutWill : connectFields;
  const session = new Session(identity, fields, connection, context.clock.now(), {
    userAgent: name.parameters.get("DeviceClientType"),
    modelId: name.parameters.get("model-id"),
    authScope: proof.scope,
    authType: proof.type,
  });
  session.expiresAt = proof.expiresAt;
  const warnings: EventBody<"warning">[] = [];
  if (!hasVersion) {
    const detail = "the user name has no api-version; a hub in Azure may answer twin requests with errors";
    warnings.push({ about: "apiVersion", detail });
  }
  if (isIgnored) {
    const detail = `the will is ignored: '${will.topic}' isn't a telemetry topic of this identity`;
    warnings.push({ about: "will", detail });
  }
  return { session, warnings };
}

function refuse(reason: RefusalReason, returnCode: 3 | 4 | 5, detail: string): Refusal {
  return { reason, returnCode, detail };
}

// A token is ASCII. Bytes that aren't even UTF-8 become an empty token, which is malformed.
function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return "";
  }
}
