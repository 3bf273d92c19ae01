import type { IoTHubDeviceClient } from "@isohub/core";
import { untilConnected } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { TestHub } from "../test-hub.ts";

/** A fault at a moment. */
export interface FaultCell {
  readonly fault: string;
  readonly moment: string;
}

/** The device of a cell. Its messages are counted: the hub must have each of them. */
export interface CellStage {
  readonly client: IoTHubDeviceClient;
  readonly hub: TestHub;
  readonly deviceId: string;
  /** Injects the fault. */
  inject(): Promise<unknown>;
  /** Sends a message with a body that no other message has. */
  send(): Promise<void>;
}

type Fault = (hub: TestHub, deviceId: string) => Promise<unknown>;

/** Faults that every runtime can meet: the hub's control API makes them. */
export const faults: Readonly<Record<string, Fault>> = {
  "a reset": (hub, deviceId) => hub.faults.drop(deviceId),
  "an orderly end": (hub, deviceId) => hub.faults.drop(deviceId, { how: "fin" }),
  "the end of the session": (hub, deviceId) => hub.kick(deviceId),
  "a black hole": (hub, deviceId) => hub.faults.blackHole(deviceId),
  "latency of 150 ms": (hub, deviceId) => hub.faults.latency(deviceId, 150),
  "a message that isn't acknowledged": (hub, deviceId) => hub.faults.mute("puback", deviceId, { times: 1 }),
  "the end after a message": (hub, deviceId) => hub.faults.drop(deviceId, { how: "fin", afterPublishes: 1 }),
  "the end amid a packet": (hub, deviceId) => hub.faults.drop(deviceId, { afterBytes: 40 }),
  "ends at random messages": (hub, deviceId) =>
    hub.faults.dropRandomly({ seed: 7, percent: 20, times: 3, deviceId }),
  "a quota that is used up": (hub, deviceId) => hub.faults.exceedQuota({ deviceId, times: 2 }),
  "CONNACK 3": async (hub, deviceId) => {
    await hub.faults.refuseConnects(3, { deviceId });
    await hub.faults.drop(deviceId);
  },
  "a late CONNACK": async (hub, deviceId) => {
    await hub.faults.delayConnack(1500, { deviceId });
    await hub.faults.drop(deviceId);
  },
  "no CONNACK": async (hub, deviceId) => {
    await hub.faults.withholdConnack({ deviceId });
    await hub.faults.drop(deviceId);
  },
  "no SUBACK": async (hub, deviceId) => {
    await hub.faults.mute("suback", deviceId, { times: 1 });
    await hub.faults.drop(deviceId);
  },
};

/** A busy machine takes short limits for faults, and then needs several attempts. */
export const operationLimitMs = 300_000;

type Moment = (stage: CellStage) => Promise<unknown>[];

/** A request isn't repeated after a lost connection: it may be rejected, but it must settle. */
const settled = (operation: Promise<unknown>): Promise<unknown> => operation.catch(() => {});

/** The operations that a fault interrupts. */
export const moments: Readonly<Record<string, Moment>> = {
  idle: ({ inject }) => [inject()],
  burst: ({ inject, send }) => [
    ...Array.from({ length: 30 }, send),
    inject(),
    ...Array.from({ length: 30 }, send),
  ],
  "twin get": ({ client, inject }) => [settled(client.getTwin()), inject()],
  patch: ({ client, inject }) => [settled(client.patchTwinReportedProperties({ level: 1 })), inject()],
  subscribing: ({ client, inject }) => {
    client.onMessageReceived = () => {};
    return [inject()];
  },
  method: ({ client, hub, deviceId, inject }) => {
    client.handleMethod("fault", async () => {
      await inject();
      return {};
    });
    return [
      settled(hub.invokeMethod(deviceId, "fault", {}, { ...untilConnected, responseTimeoutInSeconds: 5 })),
    ];
  },
  "C2D handler": ({ client, hub, deviceId, inject }) => {
    let injected: Promise<unknown> | undefined;
    client.onMessageReceived = async () => {
      injected ??= inject();
      await injected;
    };
    return [
      hub.sendC2d(deviceId, "x"),
      eventually(
        async () => {
          // The connection may have been lost before the handler was subscribed to.
          if (injected === undefined || (await hub.c2dQueue(deviceId)).length > 0)
            throw new Error("the C2D message wasn't completed");
        },
        { timeoutMs: operationLimitMs },
      ),
    ];
  },
  disconnecting: ({ client, inject }) => [inject(), client.disconnect()],
  "shutting down": ({ client, inject, send }) => [
    settled(send()),
    inject(),
    client.shutdown({ drain: true }),
  ],
};

/** Every fault at every moment. */
export const cells: readonly FaultCell[] = Object.keys(faults).flatMap((fault) =>
  Object.keys(moments).map((moment) => ({ fault, moment })),
);
