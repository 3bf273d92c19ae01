import type { MutedAnswer } from "../../packages/emulator/src/index.ts";
import type { Fault } from "../fault.ts";
import { durationMs } from "./network.ts";

const fault = (group: string, name: string, inject: Fault["inject"], affects: Fault["affects"]): Fault => ({
  name,
  group,
  affects,
  inject,
});

const answers = "Answers of the hub";
const stream = "Packets of the hub";
const service = "Hub";

/** An answer that the hub withholds until the client has connected again. */
const withheld = (name: string, answer: MutedAnswer): Fault =>
  fault(
    answers,
    name,
    ({ hub, proxy, deviceId }) => {
      const last = Math.max(proxy.accepted, 1);
      hub.faults.mute(answer, deviceId);
      proxy.onAccepted = (count) => {
        if (count > last) hub.faults.unmute(answer, deviceId);
      };
    },
    "attempts",
  );

/** Faults of the hub, and of what it sends. */
export const hubFaults: readonly Fault[] = [
  withheld("no SUBACK", "suback"),
  withheld("no PUBACK", "puback"),
  withheld("no PINGRESP", "pingresp"),
  fault(
    answers,
    "one PUBACK missing",
    ({ hub, deviceId }) => hub.faults.mute("puback", deviceId, { times: 1 }),
    "attempts",
  ),
  fault(
    answers,
    "PUBACKs delayed by 500 ms",
    ({ hub, deviceId }) => hub.faults.delayPuback(deviceId, 500),
    "attempts",
  ),
  fault(
    answers,
    "a twin request throttled (429)",
    ({ hub, deviceId }) => hub.faults.failTwin(deviceId, { status: 429, retryAfterSeconds: 1 }),
    "attempts",
  ),
  fault(
    stream,
    "garbage",
    ({ proxy }) => proxy.inject(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 1)),
    "connection",
  ),
  fault(
    stream,
    "half a packet, and the end",
    ({ proxy, later }) => {
      proxy.inject(Uint8Array.of(0x30, 100, 0, 5, 100));
      later(50, () => proxy.cut("fin"));
    },
    "connection",
  ),
  fault(
    service,
    "restarted",
    ({ proxy, later }) => {
      proxy.refuse();
      proxy.cut("fin");
      later(durationMs, () => proxy.listen());
    },
    "attempts",
  ),
  fault(
    service,
    "session lost",
    async ({ hub, deviceId }) => {
      const { symmetricKey } = (await hub.getDevice(deviceId)).authentication;
      const primaryKey = symmetricKey.primaryKey ?? "";
      await hub.deleteDevice(deviceId);
      await hub.createDevice(deviceId, { primaryKey });
    },
    "connection",
  ),
  fault(service, "taken over once", ({ intrude }) => intrude(), "connection"),
  fault(
    service,
    "quota used up for three messages",
    ({ hub, deviceId }) => hub.faults.exceedQuota({ deviceId, times: 3 }),
    "attempts",
  ),
  fault(
    service,
    "closed after each of three messages",
    ({ hub, deviceId, later }) => {
      let left = 3;
      const arm = (): void => {
        if (hub.faults.rules(deviceId).some(({ fault: active }) => active === "drop")) later(20, arm);
        else if (left-- > 0) {
          hub.faults.drop(deviceId, { how: "fin", afterPublishes: 1 });
          later(20, arm);
        }
      };
      arm();
    },
    "attempts",
  ),
];
