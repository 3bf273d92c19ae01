// npm run bench:hub: the local hub alongside aedes alone and mosquitto, in one run. Prints the CPU time that each server uses
// for a message, and the memory of the hub with many connections.
import { parseArgs } from "node:util";
import { pickCores } from "./cores.mjs";
import { connectDevices, sendTelemetry } from "./hub/clients.mjs";
import { startMosquitto, startProgram } from "./hub/servers.mjs";

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "200000" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "5000" },
  },
});
const [messages, rounds, connections] = [values.messages, values.rounds, values.connections].map(Number);
const SENDERS = 10;
const load = { window: 64, bytes: 200 };
const cores = pickCores();

const starters = {
  "@isohub/emulator": () => startProgram("isohub", [String(SENDERS)], cores.sink),
  "aedes alone": () => startProgram("aedes", [], cores.sink),
  mosquitto: () => startMosquitto(cores.sink),
};

/** The CPU time of one message, in microseconds. */
async function cpuPerMessage(start) {
  const server = await start();
  if (server === undefined) return undefined;
  try {
    const devices = await connectDevices(server.target, SENDERS);
    await sendTelemetry(devices, { ...load, messages: messages / 10 });
    const before = server.cpuMicros();
    const sent = await sendTelemetry(devices, { ...load, messages });
    return (server.cpuMicros() - before) / sent;
  } finally {
    await server.stop();
  }
}

/** The memory of the hub with its connections, in MiB. */
async function memory(tls) {
  const server = await startProgram("isohub", [String(connections)], cores.sink);
  try {
    await connectDevices(server.target, connections, tls);
    return server.residentBytes() / 1_048_576;
  } finally {
    await server.stop();
  }
}

const median = (list) => list.sort((one, other) => one - other)[Math.floor(list.length / 2)];
const results = new Map(Object.keys(starters).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, start] of Object.entries(starters)) {
    const micros = await cpuPerMessage(start);
    if (micros !== undefined) results.get(name).push(micros);
  }
}
console.log(`CPU time of a server for a QoS 1 message of ${load.bytes} bytes; ${cores.note}`);
const aedes = median(results.get("aedes alone"));
for (const [name, list] of results) {
  if (list.length === 0) console.log(`  ${name}: not installed`);
  else console.log(`  ${name}: ${median(list).toFixed(1)} µs, ${(median(list) / aedes).toFixed(2)} × aedes`);
}
if (connections > 0) {
  console.log(`Memory of @isohub/emulator with ${connections} connections`);
  console.log(`  plain: ${(await memory(false)).toFixed(0)} MiB`);
  console.log(`  TLS: ${(await memory(true)).toFixed(0)} MiB`);
}
process.exit();
