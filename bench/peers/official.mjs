import { DEVICE_ID, KEY } from "../message.mjs";

/**
 * Over TLS its host string may carry a port. Over WebSockets it appends `:443` itself, so it needs the sink's second
 * listener.
 *
 * @type {import("./peer.mjs").Peer}
 */
export const peer = {
  name: "official",
  title: "azure-iot-device",
  packages: ["azure-iot-device", "azure-iot-device-mqtt"],
  skip({ transport, fixed }) {
    return transport === "WSS" && !fixed.host ? `it dials port 443 only, and ${fixed.reason}` : undefined;
  },
  async load() {
    const { default: device } = await import("azure-iot-device");
    const { default: mqtt } = await import("azure-iot-device-mqtt");
    return { ...device, ...mqtt };
  },
  async create({ Client, Message, Mqtt, MqttWs }, { transport, port, fixed, ca }) {
    const host = transport === "WSS" ? fixed.host : `localhost:${port}`;
    const client = Client.fromConnectionString(
      `HostName=${host};DeviceId=${DEVICE_ID};SharedAccessKey=${KEY}`,
      transport === "WSS" ? MqttWs : Mqtt,
    );
    await client.setOptions({ ca });
    return {
      connect: () => client.open(),
      send(body, properties, done) {
        const message = new Message(body);
        for (const key in properties) message.properties.add(key, properties[key]);
        client.sendEvent(message, (error) => done(error ?? undefined));
      },
    };
  },
};
