import { DEVICE_ID, KEY } from "../message.mjs";

/**
 * `@isohub/node` with one of its engines.
 *
 * @param {string} name
 * @param {string} title
 * @param {"leanEngine" | "mqttJsEngine"} engine
 * @returns {import("./peer.mjs").Peer}
 */
export function isohubWith(name, title, engine) {
  return {
    name,
    title,
    packages: ["@isohub/node"],
    ours: true,
    load: () => import("@isohub/node"),
    create({ IoTHubDeviceClient, Message, [engine]: mqttEngine }, { transport, port, ca }) {
      const client = IoTHubDeviceClient.createFromConnectionString(
        `HostName=localhost:${port};DeviceId=${DEVICE_ID};SharedAccessKey=${KEY}`,
        { websockets: transport === "WSS", serverVerificationCert: ca, engine: mqttEngine },
      );
      return {
        connect: () => client.connect(),
        send(body, properties, done) {
          const message = new Message(body);
          message.customProperties = properties;
          client.sendMessage(message).then(done, done);
        },
      };
    },
  };
}
