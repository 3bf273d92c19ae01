import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import mqttPacket from "mqtt-packet";
import { createBody, createProperties, DEVICE_ID } from "./message.mjs";

const TOPIC = `devices/${DEVICE_ID}/messages/events/`;

/**
 * Checks topic, QoS, properties and body of a cell's first PUBLISH, read by an independent parser. Later ones are only counted.
 *
 * @param {string | undefined} base64
 * @param {number} bodyBytes
 */
export function checkFirst(base64, bodyBytes) {
  ok(base64, "no PUBLISH reached the sink");
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  let packet;
  parser.on("packet", (parsed) => {
    packet = parsed;
  });
  parser.parse(Buffer.from(base64, "base64"));
  ok(packet, "the first PUBLISH is incomplete");
  strictEqual(packet.cmd, "publish");
  strictEqual(packet.qos, 1);
  ok(packet.messageId > 0, "the packet id must be above 0, got 0");
  ok(packet.topic.startsWith(TOPIC), `the topic must start with ${TOPIC}, got ${packet.topic}`);
  const bag = packet.topic.slice(TOPIC.length).replace(/\/$/, "");
  const properties = bag.split("&").map((pair) => pair.split("=").map(decodeURIComponent));
  deepStrictEqual(Object.fromEntries(properties), createProperties(0));
  ok(createBody(bodyBytes).equals(packet.payload), "the body changed on its way");
}

/**
 * Compares the client's counts of responses and deliveries with the sink's.
 *
 * @param {{ served?: number, received?: number }} client
 * @param {{ served: number, delivered: number, answered: number }} sink
 * @param {number} inFlight
 */
export function checkCounts({ served, received }, sink, inFlight) {
  // The official SDK requests the twin once more than it is asked to.
  if (served !== undefined)
    ok(
      sink.served >= served && sink.served <= served + 1,
      `the client got ${served} responses, the sink sent ${sink.served}`,
    );
  if (received === undefined) return;
  ok(sink.delivered >= received, `the client got ${received} deliveries, the sink sent ${sink.delivered}`);
  if (inFlight > 0) {
    ok(
      sink.answered >= received - 2 * inFlight,
      `the client got ${received} deliveries, the sink got ${sink.answered} responses`,
    );
  }
}
