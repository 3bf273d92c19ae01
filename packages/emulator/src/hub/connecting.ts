import type { Clock } from "@isohub/core";
import { fromUtf8 } from "@isohub/core";
import type { RefusalReason } from "./events.ts";
import type { HostNames } from "./host-names.ts";
import { parseIdentity } from "./identity.ts";
import type { SharedAccessPolicy } from "./policies.ts";
import type { Registry } from "./registry.ts";
import { verifySas } from "./sas-verification.ts";
import { type ConnectFacts, type DeviceConnection, Session } from "./session.ts";
import { eventsBag } from "./topics.ts";
import { parseUserName } from "./user-name.ts";

/** A CONNECT packet and where it came from. */
export interface ConnectRequest {
  readonly facts: ConnectFacts;
  readonly userName: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly connection: DeviceConnection;
}

/** A CONNECT that is refused; without `returnCode` the connection is closed and no CONNACK is sent. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly returnCode?: 1 | 2 | 3 | 4 | 5;
  readonly detail: string;
  readonly deviceId?: string;
}

/** What comes of a CONNECT. */
export type ConnectOutcome = Refusal | { readonly session: Session };

/** What a CONNECT is checked against. */
export interface Gate {
  readonly clock: Clock;
  readonly hostNames: HostNames;
  readonly sasClockSkewSeconds: number;
  readonly registry: Registry;
  readonly policies: ReadonlyMap<string, SharedAccessPolicy>;
}

/**
 * Decides on a CONNECT: user name, identity, credential, will, in this order.
 *
 * Code 4 is for a user name that cannot be read, 5 for everything that is read and not good enough.
 */
export async function admit(gate: Gate, request: ConnectRequest): Promise<ConnectOutcome> {
  const { facts, userName, password, connection } = request;
  const identity = parseIdentity(facts.clientId);
  const name = userName === undefined ? "malformed" : parseUserName(userName, facts.clientId);
  if (name === "malformed")
    return refuse("malformedUserName", 4, "the user name is not {host}/{client id}/?api-version=…");
  if (name === "identityMismatch" || identity === undefined) {
    return refuse("identityMismatch", 5, "the user name is for another client id");
  }
  if (!gate.hostNames.has(name.hostName)) {
    return refuse("unknownHost", 5, `this hub is not called '${name.hostName}'`);
  }
  const record = gate.registry.find(identity);
  if (record === undefined) return refuse("unknownDevice", 5, `'${facts.clientId}' is not registered`);
  const device = gate.registry.find({ deviceId: identity.deviceId });
  if (record.status === "disabled" || device?.status === "disabled") {
    return refuse("deviceDisabled", 5, `'${facts.clientId}' is disabled`);
  }
  if (password === undefined) return refuse("badCredential", 5, "there is no SAS token");
  const { deviceId, moduleId } = identity;
  const verdict = await verifySas(textOf(password), {
    hostNames: gate.hostNames,
    path: moduleId === undefined ? ["devices", deviceId] : ["devices", deviceId, "modules", moduleId],
    keys: [record.primaryKey, record.secondaryKey],
    policies: gate.policies,
    permission: "DeviceConnect",
    now: gate.clock.now(),
    skewSeconds: gate.sasClockSkewSeconds,
  });
  if (!verdict.ok) return refuse("badCredential", 5, verdict.reason);
  // Keys may have been changed and devices deleted while the signature was computed.
  if (gate.registry.find(identity) !== record)
    return refuse("badCredential", 5, "the identity has just been changed");
  const { will } = facts;
  if (will !== undefined && (will.qos === 2 || eventsBag(will.topic, identity) === undefined)) {
    return {
      reason: "badWill",
      detail: `a will of QoS ${will.qos} to '${will.topic}' is not possible`,
      deviceId,
    };
  }
  const session = new Session(identity, facts, connection, gate.clock.now(), {
    userAgent: name.parameters.get("DeviceClientType"),
    modelId: name.parameters.get("model-id"),
    authScope: verdict.policy !== undefined ? "hub" : moduleId === undefined ? "device" : "module",
  });
  session.expiresAt = (verdict.expiry + gate.sasClockSkewSeconds) * 1000;
  return { session };
}

function refuse(reason: RefusalReason, returnCode: 4 | 5, detail: string): Refusal {
  return { reason, returnCode, detail };
}

// A token is ASCII; bytes that are not even UTF-8 make a malformed one.
function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return "";
  }
}
