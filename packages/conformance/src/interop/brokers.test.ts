// The engines judged by brokers that others wrote: aedes as it comes, and Debian's mosquitto.
import { IoTHubDeviceClient, leanEngine, type MqttEngine } from "@isohub/node";
import { mqttJsEngine } from "@isohub/node/mqttjs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findMosquitto } from "../../../../scripts/lib/mosquitto.mjs";
import { freshId } from "../device.ts";
import { startAedes } from "./brokers/aedes.ts";
import type { Broker } from "./brokers/broker.ts";
import { EngineDevice } from "./brokers/engine-device.ts";
import { engineSuite } from "./brokers/engine-suite.ts";
import { startMosquitto } from "./brokers/mosquitto.ts";
import { replay } from "./brokers/replay.ts";
import { describeUnless } from "./skipping.ts";

const program = findMosquitto();
const engines: readonly MqttEngine[] = [leanEngine, mqttJsEngine];

/** Starts a broker before the tests of a group, and ends it after them. */
function started<T extends Broker>(start: () => Promise<T>): () => T {
  let broker: T | undefined;
  beforeAll(async () => {
    broker = await start();
  });
  afterAll(() => broker?.close());
  return () => {
    if (broker === undefined) throw new Error("the broker is started before the tests, not here");
    return broker;
  };
}

function brokerTests(start: () => Promise<Broker>): void {
  const broker = started(start);
  for (const engine of engines) {
    for (const cut of ["as they come", "byte by byte"] as const) {
      describe(`the ${engine.name} engine, bytes ${cut}`, () => engineSuite(engine, broker, cut));
    }
  }

  it("what it says to a device means the same to the lean engine, cut in two at every byte", async () => {
    const device = await new EngineDevice(leanEngine, broker().port, { clientId: freshId() }).open();
    onTestFinished(() => device.cut());
    const topic = `${freshId()}/é€😀`;
    await device.session.subscribe([{ filter: topic, qos: 1 }]);
    // Not answers to requests: in a replay nothing has been asked.
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
    const said = Buffer.concat([connack, ...device.bytes.slice(from)]);
    const whole = replay(leanEngine, [said]);
    // CONNACK, every message, and PUBACKs for those at QoS 1.
    expect(whole).toHaveLength(1 + 20 + 14);
    const wanted = JSON.stringify(whole);
    for (let at = 1; at < said.length; at++) {
      const told = replay(leanEngine, [said.subarray(0, at), said.subarray(at)]);
      if (JSON.stringify(told) !== wanted) expect(told, `cut at ${at}`).toEqual(whole);
    }
  });
}

describe("aedes", () => brokerTests(startAedes));

describeUnless(program === undefined ? "there is no mosquitto" : undefined, "mosquitto", () => {
  brokerTests(() => startMosquitto(program ?? ""));

  describe.each(engines)("a device client with the $name engine over WebSockets", (engine) => {
    const broker = started(() => startMosquitto(program ?? ""));

    it("sends telemetry, and gets messages with their properties, over connections that come and go", async () => {
      const { port, webSocketPort } = broker();
      const deviceId = freshId();
      const client = IoTHubDeviceClient.createFromConnectionString(
        `HostName=ws://localhost:${webSocketPort};DeviceId=${deviceId};SharedAccessKey=a2V5`,
        { websockets: true, engine },
      );
      onTestFinished(() => client.shutdown());
      const texts: string[] = [];
      let arrived = (): void => {};
      client.onMessageReceived = (message) => {
        texts.push(`${message.text()} ${message.customProperties["site"]}`);
        arrived();
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

      // While it is away the broker keeps what comes: a session that lasts is a session of mosquitto's as well.
      await client.disconnect();
      const topic = `devices/${deviceId}/messages/devicebound/site=K%C3%BCche`;
      for (const packetId of [1, 2, 3]) {
        await service.publish({ topic, payload: Buffer.from(`m${packetId}`), qos: 1, packetId });
      }
      await client.connect();
      await new Promise<void>((resolve) => {
        arrived = () => texts.length === 3 && resolve();
        arrived();
      });
      expect(texts).toEqual(["m1 Küche", "m2 Küche", "m3 Küche"]);
    });
  });
});
