import { request } from "node:https";

/** Connects many devices of a peer, a limited number at a time. @returns {Promise<object[]>} */
export async function connectFleet(peer, target, count, prepare = async () => {}) {
  const loaded = await peer.load();
  const devices = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const device = await peer.create(loaded, target, `bench-device-${++next}`);
      devices.push(device);
      await prepare(device);
      await device.connect();
    }
  };
  await Promise.all(Array.from({ length: 40 }, worker));
  return devices;
}

/** Requests a mishap from the sink. @returns {Promise<any>} its report */
export function askSink({ port, ca }, mishap, wanted = {}) {
  const path = `/${mishap}?${new URLSearchParams(wanted)}`;
  return new Promise((resolve, reject) => {
    const asked = request({ host: "localhost", port, ca, path, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve(JSON.parse(text)));
    });
    asked.on("error", reject);
    asked.end();
  });
}
