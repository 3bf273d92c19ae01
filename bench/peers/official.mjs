import { DEVICE_ID, KEY } from "../message.mjs";

/**
 * The official SDK. Over TLS, its host name may contain a port. Over WebSockets it always appends `:443`, so it needs the sink's
 * second listener.
 *
 * @type {import("./peer.mjs").Peer}
 */
export const peer = {
  name: "official",
  title: "azure-iot-device",
  packages: ["azure-iot-device", "azure-iot-device-mqtt"],
  skip({ transport, fixed }) {
    return transport === "WSS" && !fixed.host ? `it only dials port 443, and ${fixed.reason}` : undefined;
  },
  async load() {
    const { default: device } = await import("azure-iot-device");
    const { default: mqtt } = await import("azure-iot-device-mqtt");
    return { ...device, ...mqtt };
  },
  async create({ Client, Message, Mqtt, MqttWs }, { transport, port, fixed, ca }, deviceId = DEVICE_ID) {
    const host = transport === "WSS" ? fixed.host : `localhost:${port}`;
    const client = Client.fromConnectionString(
      `HostName=${host};DeviceId=${deviceId};SharedAccessKey=${KEY}`,
      transport === "WSS" ? MqttWs : Mqtt,
    );
    await client.setOptions({ ca });
    let twin;
    const withTwin = async () => {
      twin ??= client.getTwin();
      return twin;
    };
    return {
      connect: () => client.open(),
      disconnect: () => client.close(),
      send(body, properties, done) {
        const message = new Message(body);
        for (const key in properties) message.properties.add(key, properties[key]);
        client.sendEvent(message, (error) => done(error ?? undefined));
      },
      prepareTwin: withTwin,
      getTwin: (done) => withTwin().then((known) => known.get((error) => done(error ?? undefined)), done),
      patchReported: (patch, done) =>
        withTwin().then(
          (known) => known.properties.reported.update(patch, (error) => done(error ?? undefined)),
          done,
        ),
      async onMethod(called) {
        client.onDeviceMethod("echo", (request, response) => {
          called();
          response.send(200, request.payload, (error) => {
            if (error) throw error;
          });
        });
      },
      async onMessage(received) {
        client.on("message", (message) => {
          received(message);
          client.complete(message, () => {});
        });
      },
      async onDesired(received) {
        (await withTwin()).on("properties.desired", received);
      },
    };
  },
};
