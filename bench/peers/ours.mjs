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
    create(
      { IoTHubDeviceClient, Message, [engine]: mqttEngine },
      { transport, port, ca },
      deviceId = DEVICE_ID,
    ) {
      const client = IoTHubDeviceClient.createFromConnectionString(
        `HostName=localhost:${port};DeviceId=${deviceId};SharedAccessKey=${KEY}`,
        { websockets: transport === "WSS", serverVerificationCert: ca, engine: mqttEngine },
      );
      return {
        connect: () => client.connect(),
        disconnect: () => client.disconnect(),
        send(body, properties, done) {
          const message = new Message(body);
          message.customProperties = properties;
          client.sendMessage(message).then(done, done);
        },
        getTwin: (done) => {
          client.getTwin().then(() => done(), done);
        },
        patchReported: (patch, done) => {
          client.patchTwinReportedProperties(patch).then(done, done);
        },
        async onMethod(called) {
          client.handleMethod("echo", ({ payload }) => {
            called();
            return { status: 200, payload };
          });
        },
        async onMessage(received) {
          client.onMessageReceived = received;
        },
        async onDesired(received) {
          client.onTwinDesiredPropertiesPatchReceived = received;
        },
      };
    },
  };
}
