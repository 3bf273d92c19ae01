import type { Moment, MomentStage } from "./moment.ts";

const burst = 60;

/** An upload has no time limit by default. */
const uploadOptions = { timeoutMs: 20_000 };

/** The time limit of the hub for a method call, in seconds. */
const methodTimeouts = { connectTimeoutInSeconds: 60, responseTimeoutInSeconds: 60 };

async function connected({ client, track, until }: MomentStage): Promise<void> {
  track("connect()", client.connect());
  await until(() => client.connected, "the first connection");
}

/** Every moment. To add one, add it here. */
export const moments: readonly Moment[] = [
  {
    name: "connecting",
    async reach({ client, track, affectsAttempts, inject, injectAtNextBytes }) {
      if (affectsAttempts) await inject();
      else injectAtNextBytes();
      track("connect()", client.connect());
    },
  },
  {
    name: "subscribing",
    async reach(stage) {
      await connected(stage);
      stage.injectAtNextBytes();
      stage.client.onMessageReceived = () => {};
    },
    check: async ({ hub, deviceId, until }) => {
      await hub.sendC2d(deviceId, "after");
      await until(() => hub.c2dQueue(deviceId).length === 0, "the C2D message to be completed");
    },
  },
  {
    name: "idle",
    async reach(stage) {
      await connected(stage);
      await stage.inject();
    },
  },
  {
    name: "burst",
    async reach(stage) {
      await connected(stage);
      for (let index = 0; index < burst / 2; index++) stage.send();
      await new Promise((resolve) => setImmediate(resolve));
      stage.injectAtNextBytes();
      for (let index = 0; index < burst / 2; index++) stage.send();
    },
  },
  {
    name: "twin get",
    async reach(stage) {
      await connected(stage);
      await stage.client.getTwin();
      stage.injectAtNextBytes();
      stage.track("getTwin()", stage.client.getTwin());
    },
    check: async ({ client }) => void (await client.getTwin()),
  },
  {
    name: "patch",
    async reach(stage) {
      await connected(stage);
      await stage.client.getTwin();
      stage.injectAtNextBytes();
      stage.track("patch", stage.client.patchTwinReportedProperties({ level: 1 }));
    },
    async check({ client, hub, deviceId }) {
      await client.patchTwinReportedProperties({ level: 2 });
      const { properties } = await hub.getTwin(deviceId);
      if (properties.reported["level"] !== 2) throw new Error("The twin must have the patch");
    },
  },
  {
    name: "method",
    async reach(stage) {
      await connected(stage);
      const { client, hub, deviceId, inject } = stage;
      client.handleMethod("m", async () => {
        await inject();
        return { status: 200 };
      });
      stage.track("the hub's call", hub.invokeMethod(deviceId, "m", null, methodTimeouts));
    },
    // A busy machine may lose the connection once more.
    check: ({ hub, deviceId, eventually }) =>
      eventually(async () => {
        const { status } = await hub.invokeMethod(deviceId, "m", null, methodTimeouts);
        if (status !== 200) throw new Error(`The method must answer with 200, got ${status}`);
      }),
  },
  {
    name: "C2D handler",
    async reach(stage) {
      await connected(stage);
      const { client, hub, deviceId, inject } = stage;
      client.onMessageReceived = () => inject();
      await hub.sendC2d(deviceId, "x");
    },
    check: ({ hub, deviceId, until }) =>
      until(() => hub.c2dQueue(deviceId).length === 0, "the C2D message to be completed"),
  },
  {
    name: "renewing",
    credential: "token",
    async reach(stage) {
      await connected(stage);
      stage.send();
      const token = await stage.newToken();
      stage.injectAtNextBytes();
      stage.track("updateSastoken()", stage.client.updateSastoken(token));
    },
  },
  {
    name: "uploading",
    uploads: true,
    async reach(stage) {
      await connected(stage);
      // The requests to the hub take the same way as MQTT.
      stage.injectAtNextBytes();
      stage.track("uploadToBlob()", stage.client.uploadToBlob("during.txt", "x", uploadOptions));
    },
    check: ({ client, eventually }) =>
      eventually(async () => void (await client.uploadToBlob("after.txt", "x", uploadOptions))),
  },
  {
    name: "re-provisioning",
    credential: "registration",
    async reach(stage) {
      await connected(stage);
      const { hub, deviceId, proxy, until, inject } = stage;
      const before = proxy.accepted;
      // The connection to the provisioning service follows the one that the hub refuses.
      hub.faults.refuseConnects(5, { deviceId });
      proxy.cut();
      await until(() => proxy.accepted >= before + 2, "the connection to the provisioning service");
      await inject();
    },
  },
  ending("disconnecting", "disconnect"),
  ending("shutting down", "shutdown"),
];

/** The application ends the client while messages are unacknowledged. */
function ending(name: string, operation: "disconnect" | "shutdown"): Moment {
  return {
    name,
    ends: true,
    async reach(stage) {
      await connected(stage);
      for (let index = 0; index < burst / 2; index++) stage.send();
      stage.injectAtNextBytes();
      stage.track(`${operation}()`, stage.client[operation]());
    },
  };
}
