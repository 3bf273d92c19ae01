import { DEVICE_ID, KEY } from "../message.mjs";

/**
 * `@isohub/node` with one of its engines.
 *
 * @param {string} name
 * @param {string} title
 * @param {string[]} packages - installed for it
 * @param {() => Promise<{ engine?: import("@isohub/node").MqttEngine }>} loadEngine
 * @returns {import("./peer.mjs").Peer}
 */
export function isohubWith(name, title, packages, loadEngine) {
  return {
    name,
    title,
    packages,
    ours: true,
    load: async () => {
      const [sdk, options] = await Promise.all([import("@isohub/node"), loadEngine()]);
      return { ...sdk, options };
    },
    create({ IoTHubDeviceClient, Message, options }, { transport, port, ca }, deviceId = DEVICE_ID) {
      const client = IoTHubDeviceClient.createFromConnectionString(
        `HostName=localhost:${port};DeviceId=${deviceId};SharedAccessKey=${KEY}`,
        { websockets: transport === "WSS", serverVerificationCert: ca, ...options },
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
