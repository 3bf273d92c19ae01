import type { ConnackRefusal } from "../../packages/emulator/src/index.ts";
import type { ErrorCode } from "../../packages/node/src/index.ts";
import { attemptFault, type Fault } from "../fault.ts";
import { ascii, type Reaction } from "../reaction.ts";

const group = "CONNACK";

const instead = (name: string, reaction: Omit<Reaction, "to">): Fault =>
  attemptFault(group, name, { to: "connect", ...reaction });

const refusal = (returnCode: ConnackRefusal, endsWith?: ErrorCode): Fault => ({
  name: `CONNACK ${returnCode}`,
  group,
  affects: "attempts",
  ...(endsWith === undefined ? {} : { endsWith }),
  inject: ({ hub, proxy, deviceId }) => {
    // A client that gives up must do so, even if it was too busy to read the first refusal.
    hub.faults.refuseConnects(returnCode, { deviceId, times: endsWith === undefined ? 1 : 1000 });
    proxy.cut();
  },
});

/** Faults of the answer to CONNECT. */
export const connackFaults: readonly Fault[] = [
  refusal(1, "protocol_version_refused"),
  refusal(2, "not_authorized"),
  refusal(3),
  refusal(4, "not_authorized"),
  refusal(5, "not_authorized"),
  instead("no CONNACK", {}),
  instead("half a CONNACK", { send: Uint8Array.of(0x20, 2), end: "fin" }),
  instead("junk instead of CONNACK", { send: ascii("\u0001\u0002junk") }),
  instead("HTTP instead of CONNACK", { send: ascii("HTTP/1.1 503 Service Unavailable\r\n\r\n") }),
  instead("closed instead of CONNACK", { end: "fin" }),
  instead("reset instead of CONNACK", { end: "rst" }),
];
