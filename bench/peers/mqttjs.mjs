import { DEVICE_ID } from "../message.mjs";

const EVENTS = `devices/${DEVICE_ID}/messages/events/`;

/**
 * MQTT.js as an application that talks to IoT Hub without an SDK uses it: the URL, the trust, the credentials, and the
 * properties encoded into each message's topic.
 *
 * @type {import("./peer.mjs").Peer}
 */
export const peer = {
  name: "mqttjs",
  title: "MQTT.js",
  packages: ["mqtt"],
  load: () => import("mqtt"),
  create({ default: mqtt }, { transport, port, ca }) {
    const url =
      transport === "WSS" ? `wss://localhost:${port}/$iothub/websocket` : `mqtts://localhost:${port}`;
    const client = mqtt.connect(url, {
      ca,
      clientId: DEVICE_ID,
      username: `localhost/${DEVICE_ID}/?api-version=2021-04-12`,
      password: "SharedAccessSignature sr=localhost&sig=bench&se=2000000000",
      manualConnect: true,
    });
    return {
      connect: () =>
        new Promise((resolve, reject) => {
          client.once("connect", resolve);
          client.once("error", reject);
          client.connect();
        }),
      send(body, properties, done) {
        client.publish(EVENTS + encodeBag(properties), body, { qos: 1 }, done);
      },
    };
  },
};

/** @param {Record<string, string>} properties */
function encodeBag(properties) {
  let bag = "";
  for (const key in properties) {
    if (bag !== "") bag += "&";
    bag += `${encodeURIComponent(key)}=${encodeURIComponent(properties[key])}`;
  }
  return bag;
}
