// The engines with other brokers: aedes and Debian's mosquitto.
import { IoTHubDeviceClient, leanEngine, type MqttEngine } from "@isohub/node";
import { mqttJsEngine } from "@isohub/node/mqttjs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findMosquitto } from "../../../../scripts/lib/mosquitto.mjs";
import { freshId, shutDownAtEnd } from "../device.ts";
import { eventually } from "../eventually.ts";
import { startAedes } from "./brokers/aedes.ts";
import type { Broker } from "./brokers/broker.ts";
import { EngineDevice } from "./brokers/engine-device.ts";
import { engineSuite } from "./brokers/engine-suite.ts";
import { startMosquitto } from "./brokers/mosquitto.ts";
import { replay } from "./brokers/replay.ts";
import { describeUnless } from "./skipping.ts";

const program = findMosquitto();
const engines: readonly MqttEngine[] = [leanEngine, mqttJsEngine];

/** Runs a broker for the tests of a group. */
function started<T extends Broker>(start: () => Promise<T>): () => T {
  let broker: T | undefined;
  beforeAll(async () => {
    broker = await start();
  });
  afterAll(() => broker?.close());
  return () => {
    if (broker === undefined) throw new Error("The broker must be started by beforeAll");
    return broker;
  };
}

function brokerTests(start: () => Promise<Broker>): void {
  const broker = started(start);
  for (const engine of engines) {
    for (const cut of ["in blocks", "byte by byte"] as const) {
      describe(`the ${engine.name} engine, receiving ${cut}`, () => engineSuite(engine, broker, cut));
    }
  }

  it("the lean engine reads its packets correctly when they are split at any byte", async () => {
    const device = await new EngineDevice(leanEngine, broker().port, { clientId: freshId() }).open();
    onTestFinished(() => device.cut());
    const topic = `${freshId()}/é€😀`;
    await device.session.subscribe([{ filter: topic, qos: 1 }]);
    // Without responses to requests, because a replay sends none.
    const from = device.bytes.length;
    for (let packetId = 1; packetId <= 20; packetId++) {
      await device.publish({
        topic,
        payload: new Uint8Array(packetId * 9),
        qos: packetId % 3 === 0 ? 0 : 1,
        packetId,
      });
    }
    await device.until(() => device.received.length === 20);
    const connack = device.bytes[0]?.slice(0, 4) ?? new Uint8Array();
    const stream = Buffer.concat([connack, ...device.bytes.slice(from)]);
    const whole = replay(leanEngine, [stream]);
    // CONNACK, every message, and a PUBACK for each message at QoS 1.
    expect(whole).toHaveLength(1 + 20 + 14);
    const expected = JSON.stringify(whole);
    for (let at = 1; at < stream.length; at++) {
      const events = replay(leanEngine, [stream.subarray(0, at), stream.subarray(at)]);
      if (JSON.stringify(events) !== expected) expect(events, `split at byte ${at}`).toEqual(whole);
    }
  });
}

describe("aedes", () => brokerTests(startAedes));

describeUnless(program === undefined ? "mosquitto isn't installed" : undefined, "mosquitto", () => {
  brokerTests(() => startMosquitto(program ?? ""));

  describe.each(engines)("a device client with the $name engine over WebSockets", (engine) => {
    const broker = started(() => startMosquitto(program ?? ""));

    it("sends telemetry, and receives messages with their properties, also after reconnecting", async () => {
      const { port, webSocketPort } = broker();
      const deviceId = freshId();
      const client = shutDownAtEnd(
        IoTHubDeviceClient.createFromConnectionString(
          `HostName=ws://localhost:${webSocketPort};DeviceId=${deviceId};SharedAccessKey=a2V5`,
          { websockets: true, engine },
        ),
      );
      const texts: string[] = [];
      client.onMessageReceived = (message) => {
        texts.push(`${message.text()} ${message.customProperties["site"]}`);
      };
      await engine.prepare();
      const service = await new EngineDevice(engine, port, { clientId: freshId() }).open();
      onTestFinished(() => service.cut());
      await service.session.subscribe([{ filter: `devices/${deviceId}/messages/events/#`, qos: 1 }]);

      await client.connect();
      await Promise.all(Array.from({ length: 300 }, (_, n) => client.sendMessage(String(n))));
      await service.until(() => service.received.length === 300);
      expect(service.received.map(({ payload }) => Buffer.from(payload).toString())).toEqual(
        Array.from({ length: 300 }, (_, n) => String(n)),
      );

      // The broker keeps the session, so it stores messages while the device is disconnected.
      await client.disconnect();
      const topic = `devices/${deviceId}/messages/devicebound/site=K%C3%BCche`;
      for (const packetId of [1, 2, 3]) {
        await service.publish({ topic, payload: Buffer.from(`m${packetId}`), qos: 1, packetId });
      }
      await client.connect();
      await eventually(() => expect(texts).toEqual(["m1 Küche", "m2 Küche", "m3 Küche"]));
    });
  });
});
