// The behavior of the MQTT.js engine only. The behavior of all engines is in engine.test.ts.
import { Duplex } from "node:stream";
import { MqttClient } from "mqtt";
import { describe, expect, it } from "vitest";
import { MemoryPeer } from "../testing/memory-peer.ts";
import type { MqttConnectOptions } from "./engine.ts";
import { createMqttJsEngine } from "./mqttjs-engine.ts";
import type { MqttJsModules } from "./mqttjs-types.ts";

const options: MqttConnectOptions = {
  clientId: "d1",
  username: "hub.example/d1/?api-version=2021-04-12",
  password: undefined,
  cleanSession: false,
  keepAliveSeconds: 60,
};

describe("the engine of MQTT.js", () => {
  it("cannot start before it is prepared", () => {
    const other = createMqttJsEngine(() => Promise.reject(new Error("not loaded")));
    const peer = new MemoryPeer(
      { onData: () => {}, onDrain: () => {}, onClose: () => {} },
      { onPacket: () => {}, onGone: () => {} },
    );
    expect(() =>
      other.start(peer.connection, options, {
        onOpen: () => {},
        onRefused: () => {},
        onPublish: () => {},
        onPuback: () => {},
        onProtocolError: () => {},
      }),
    ).toThrow("prepare() must have resolved before start()");
  });

  it("loads its modules once, on the first prepare()", async () => {
    let loads = 0;
    const lazy = createMqttJsEngine(async () => {
      loads++;
      return { MqttClient, Duplex } as unknown as MqttJsModules;
    });
    expect(loads).toBe(0);
    await lazy.prepare();
    await lazy.prepare();
    expect(loads).toBe(1);
  });
});
