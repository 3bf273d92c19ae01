import { pickCores } from "../cores.mjs";
import { median } from "../results.mjs";
import { connectDevices, sendTelemetry } from "./clients.mjs";
import { startMosquitto, startProgram } from "./servers.mjs";

const senders = 10;
const load = { window: 64, bytes: 200 };

/** The size of a message, in bytes. */
export const messageBytes = load.bytes;

/** The servers by name. Each is `undefined` if it isn't installed. */
function starters(cores) {
  return {
    "@isohub/emulator": () => startProgram("isohub", [String(senders)], cores.sink),
    "aedes alone": () => startProgram("aedes", [], cores.sink),
    mosquitto: () => startMosquitto(cores.sink),
  };
}

/**
 * Measures the CPU time that each server uses for a QoS 1 message, in rounds, in microseconds.
 *
 * @param {{ messages: number, rounds: number }} options
 * @returns {Promise<{ note: string, servers: { name: string, micros: number | undefined, ratio: number | undefined }[] }>}
 */
export async function measureCpu({ messages, rounds }) {
  const cores = pickCores();
  const all = starters(cores);
  const results = new Map(Object.keys(all).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, start] of Object.entries(all)) {
      const micros = await cpuPerMessage(start, messages);
      if (micros !== undefined) results.get(name).push(micros);
    }
  }
  const aedes = median(results.get("aedes alone"));
  const servers = [...results].map(([name, list]) => {
    // A server that isn't installed has none.
    const micros = list.length === 0 ? undefined : median(list);
    return { name, micros, ratio: micros === undefined ? undefined : micros / aedes };
  });
  return { note: cores.note, servers };
}

async function cpuPerMessage(start, messages) {
  const server = await start();
  if (server === undefined) return undefined;
  try {
    const devices = await connectDevices(server.target, senders);
    await sendTelemetry(devices, { ...load, messages: messages / 10 });
    const before = server.cpuMicros();
    const sent = await sendTelemetry(devices, { ...load, messages });
    return (server.cpuMicros() - before) / sent;
  } finally {
    await server.stop();
  }
}

/**
 * Measures the resident memory of the hub with its connections, in MiB.
 *
 * @param {number} connections @param {boolean} tls
 */
export async function measureMemory(connections, tls) {
  const server = await startProgram("isohub", [String(connections)], pickCores().sink);
  try {
    await connectDevices(server.target, connections, tls);
    return server.residentBytes() / 1_048_576;
  } finally {
    await server.stop();
  }
}
