import { describe, expect, it } from "vitest";
import { bodyText, describePacket, kindOf, pairKey, withoutSecrets } from "./wire-packet.ts";

const publish = (topic: string, more: object = {}) => ({
  type: "PUBLISH" as const,
  bytes: 10,
  topic,
  ...more,
});

describe("packets", () => {
  it("are described in the words of IoT Hub", () => {
    expect(describePacket("sent", publish("devices/d/messages/events/"))).toBe("Telemetry");
    expect(describePacket("sent", publish("devices/d/messages/events/", { dup: true }))).toBe(
      "Telemetry again",
    );
    expect(describePacket("received", publish("$iothub/twin/res/429/?$rid=1"))).toBe("Twin answer 429");
    expect(describePacket("received", publish("$iothub/methods/POST/reboot/?$rid=2"))).toBe(
      "Call of the method reboot",
    );
    expect(describePacket("received", { type: "CONNACK", bytes: 4, returnCode: 5 })).toBe(
      "Refused: not authorized",
    );
  });

  it("are paired with their answers", () => {
    const request = publish("$iothub/twin/GET/?$rid=7");
    expect(pairKey("sent", request)).toEqual({ role: "request", name: "$iothub/twin 7" });
    expect(pairKey("received", publish("$iothub/twin/res/200/?$rid=7"))).toEqual({
      role: "answer",
      name: "$iothub/twin 7",
    });
    const message = pairKey("sent", publish("devices/d/messages/events/", { qos: 1, packetId: 3 }));
    expect(pairKey("received", { type: "PUBACK", bytes: 4, packetId: 3 })).toEqual({
      ...message,
      role: "answer",
    });
    expect(pairKey("sent", publish("devices/d/messages/events/", { qos: 0 }))).toBeUndefined();
  });

  it("have a kind", () => {
    expect(kindOf(publish("$iothub/methods/res/200/?$rid=1"))).toBe("method");
    expect(kindOf(publish("devices/d/messages/devicebound/x=1"))).toBe("c2d");
    expect(kindOf({ type: "PINGREQ", bytes: 2 })).toBe("connection");
  });

  it("lose their secrets, and stay JSON", () => {
    const secret = "c2VjcmV0IGtleQ==";
    const texts = [
      `HostName=h;DeviceId=d;SharedAccessKey=${secret}`,
      `SharedAccessSignature sr=h%2Fdevices%2Fd&sig=${encodeURIComponent(secret)}&se=1`,
      JSON.stringify({ symmetricKey: { primaryKey: secret, secondaryKey: secret } }),
      `https://h.blob/x?sv=1&sig=${encodeURIComponent(secret)}`,
    ];
    const cleaned = withoutSecrets(JSON.stringify(texts));
    expect(cleaned).not.toContain(secret);
    expect(cleaned).not.toContain(encodeURIComponent(secret));
    expect(JSON.parse(cleaned)).toHaveLength(texts.length);
    expect(bodyText(Uint8Array.of(0xff, 0xfe))).toBe("2 bytes that aren't UTF-8");
  });
});
