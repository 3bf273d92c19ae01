import { BreakableProxy } from "../breakable-proxy.ts";
import { expectEqual, outcomeOf, until, type VerifyCase } from "../case.ts";

/** Connecting, being refused, and reconnecting. */
export const connectingCases: readonly VerifyCase[] = [
  {
    name: "connect over MQTT",
    async run({ newClient }) {
      await newClient({ websockets: false }).connect();
    },
  },
  {
    name: "connect over WebSockets",
    async run({ newClient }) {
      await newClient({ websockets: true }).connect();
    },
  },
  {
    name: "disconnect, and connect again",
    async run({ newClient }) {
      const client = newClient();
      await client.connect();
      await client.disconnect();
      await client.connect();
    },
  },
  {
    name: "refuse a disabled device, and accept it again",
    async run({ newClient, service, deviceId, signal, onEnd }) {
      const attempt = async (): Promise<string> => {
        const client = newClient({ connectionRetry: false });
        try {
          return await outcomeOf(client.connect());
        } finally {
          await client.shutdown();
        }
      };
      onEnd(() => service.setStatus(deviceId, "enabled"));
      await service.setStatus(deviceId, "disabled");
      // A real hub takes a moment to apply the status everywhere.
      await until(attempt, (outcome) => outcome === "not_authorized", signal);
      await service.setStatus(deviceId, "enabled");
      await until(attempt, (outcome) => outcome === "succeeded", signal);
    },
  },
  {
    name: "reconnect after a lost connection",
    needsStandardTier: true,
    async run({ newClient, service, deviceId, onEnd }) {
      const proxy = await BreakableProxy.open();
      onEnd(() => proxy.close());
      const client = newClient({ proxyOptions: proxy.options });
      client.handleMethod("ping", () => ({ status: 200, payload: "pong" }));
      await client.connect();
      await client.sendMessage("before");
      if (proxy.break() === 0) throw new Error("the client must connect through the proxy");
      // Waits in the client until it has reconnected.
      await client.sendMessage("after");
      const { payload } = await service.callMethod(deviceId, "ping", null);
      expectEqual("the method's payload", payload, "pong");
    },
  },
];
