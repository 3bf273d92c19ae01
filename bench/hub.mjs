// npm run bench:hub: the local hub alongside aedes alone and mosquitto, in one run. Prints the CPU time that each server uses
// for a message, and the memory of the hub with many connections.
import { parseArgs } from "node:util";
import { measureCpu, measureMemory, messageBytes } from "./hub/measure.mjs";

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "200000" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "5000" },
  },
});
const [messages, rounds, connections] = [values.messages, values.rounds, values.connections].map(Number);

const { note, servers } = await measureCpu({ messages, rounds });
console.log(`CPU time of a server for a QoS 1 message of ${messageBytes} bytes; ${note}`);
for (const { name, micros, ratio } of servers) {
  if (micros === undefined) console.log(`  ${name}: not installed`);
  else console.log(`  ${name}: ${micros.toFixed(1)} µs, ${ratio.toFixed(2)} × aedes`);
}
if (connections > 0) {
  console.log(`Memory of @isohub/emulator with ${connections} connections`);
  console.log(`  plain: ${(await measureMemory(connections, false)).toFixed(0)} MiB`);
  console.log(`  TLS: ${(await measureMemory(connections, true)).toFixed(0)} MiB`);
}
process.exit();
