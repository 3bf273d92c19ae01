import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import mqttPacket from "mqtt-packet";
import { createBody, createProperties, DEVICE_ID } from "./message.mjs";

const TOPIC = `devices/${DEVICE_ID}/messages/events/`;

/**
 * The first PUBLISH of a cell, read by a parser that is not ours: right topic, QoS, properties and body. What comes
 * after it is counted.
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
  ok(packet, "the first PUBLISH is not a whole packet");
  strictEqual(packet.cmd, "publish");
  strictEqual(packet.qos, 1);
  ok(packet.messageId > 0, "a packet id is above 0");
  ok(packet.topic.startsWith(TOPIC), `the topic is ${packet.topic}`);
  const bag = packet.topic.slice(TOPIC.length).replace(/\/$/, "");
  const properties = bag.split("&").map((pair) => pair.split("=").map(decodeURIComponent));
  deepStrictEqual(Object.fromEntries(properties), createProperties(0));
  ok(createBody(bodyBytes).equals(packet.payload), "the body arrived changed");
}

/**
 * What the client says it was answered and what it received, against what the sink says.
 *
 * @param {{ served?: number, received?: number }} client
 * @param {{ served: number, delivered: number, answered: number }} sink
 * @param {number} inFlight
 */
export function checkCounts({ served, received }, sink, inFlight) {
  // The official SDK asks for the twin once before it hands one out.
  if (served !== undefined)
    ok(
      sink.served >= served && sink.served <= served + 1,
      `${served} were answered, the sink says ${sink.served}`,
    );
  if (received === undefined) return;
  ok(sink.delivered >= received, `${received} came, but the sink sent ${sink.delivered}`);
  if (inFlight > 0) {
    ok(
      sink.answered >= received - 2 * inFlight,
      `${received} came, but the sink has ${sink.answered} answers`,
    );
  }
}
