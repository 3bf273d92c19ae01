// Runs many devices in a page, each with a message a second.
import { IoTHubDeviceClient } from "./index.js";

/**
 * @param {string[]} connectionStrings - one for each device
 * @param {{ seconds: number, intervalMs: number, atOnce: number }} options
 */
globalThis.runFleet = async (connectionStrings, { seconds, intervalMs, atOnce }) => {
  const longTasks = [];
  let phase = "connecting";
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push({ phase, ms: Math.round(duration) });
  });
  observer.observe({ type: "longtask" });
  const failures = [];
  const clients = connectionStrings.map((each) => IoTHubDeviceClient.createFromConnectionString(each));
  for (const client of clients) client.onBackgroundException = (error) => failures.push(String(error));

  const start = performance.now();
  let next = 0;
  const connecting = Array.from({ length: atOnce }, async () => {
    for (let client = clients[next++]; client !== undefined; client = clients[next++]) await client.connect();
  });
  await Promise.all(connecting);
  const connectMs = Math.round(performance.now() - start);

  phase = "sending";
  let acknowledged = 0;
  let slowestMs = 0;
  const sendAll = async (client, index) => {
    // Spread over the interval, like devices that start at different times.
    await pause((intervalMs * index) / clients.length);
    const sending = [];
    for (let n = 0; n < seconds; n++) {
      const sent = performance.now();
      sending.push(
        client.sendMessage({ n, temperature: 20 + Math.random() }).then(() => {
          acknowledged++;
          slowestMs = Math.max(slowestMs, performance.now() - sent);
        }),
      );
      await pause(intervalMs);
    }
    await Promise.all(sending);
  };
  const begun = performance.now();
  await Promise.all(clients.map(sendAll));
  const sendMs = Math.round(performance.now() - begun);
  phase = "disconnecting";
  await Promise.all(clients.map((client) => client.shutdown()));
  observer.disconnect();
  const longest = (name) =>
    Math.max(0, ...longTasks.filter(({ phase: of }) => of === name).map(({ ms }) => ms));
  return {
    devices: clients.length,
    connectMs,
    sendMs,
    sent: clients.length * seconds,
    acknowledged,
    slowestMs: Math.round(slowestMs),
    longest: { connecting: longest("connecting"), sending: longest("sending") },
    failures,
  };
};

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
