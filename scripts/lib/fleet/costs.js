// The client of a page whose costs are measured. It sends a message as soon as the page has loaded.
import { IoTHubDeviceClient } from "./index.js";

const create = (connectionString) => IoTHubDeviceClient.createFromConnectionString(connectionString);

const first = create(decodeURIComponent(location.hash.slice(1)));
await first.sendMessage({ temperature: 21.5 });
globalThis.firstMessageMs = performance.now();

/** Connects devices, which stay connected. @param {string[]} connectionStrings */
globalThis.connectAll = async (connectionStrings) => {
  globalThis.clients = connectionStrings.map(create);
  await Promise.all(globalThis.clients.map((client) => client.connect()));
};

/** Sends messages, a number of them in flight. @param {number} count @param {number} inFlight */
globalThis.sendMany = async (count, inFlight) => {
  let sent = 0;
  const send = async () => {
    while (sent++ < count) await first.sendMessage({ sequence: sent, temperature: 21.5 });
  };
  await Promise.all(Array.from({ length: inFlight }, send));
};
