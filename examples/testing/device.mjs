// The device under test as a separate program, for tests in any language.
import { startThermostat } from "./thermostat.mjs";

const client = await startThermostat(process.env.CONNECTION_STRING ?? "");
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.shutdown({ drain: 5000 }));
client.onMessageReceived = (message) => console.log(message.text());
await client.sendMessage({ temperature: 21.5 });
