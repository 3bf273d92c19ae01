import { DEVICE_ID, KEY } from "../message.mjs";

/** @type {import("./peer.mjs").Peer} */
export const peer = {
  name: "isohub",
  title: "@isohub/node",
  packages: ["@isohub/node"],
  ours: true,
  load: () => import("@isohub/node"),
  create({ IoTHubDeviceClient, Message }, { transport, port, ca }) {
    const client = IoTHubDeviceClient.createFromConnectionString(
      `HostName=localhost:${port};DeviceId=${DEVICE_ID};SharedAccessKey=${KEY}`,
      { websockets: transport === "WSS", serverVerificationCert: ca },
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
