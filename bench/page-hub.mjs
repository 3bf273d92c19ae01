import { createCertificate, startEmulator } from "@isohub/emulator";

/** The hub's process: creates the devices, and reports on request how many messages have arrived. */
const devices = Number(process.argv[2]);
const emulator = await startEmulator();
let arrived = 0;
(async () => {
  for await (const { type } of emulator.events()) if (type === "telemetry") arrived++;
})();
const connectionStrings = [];
for (let n = 1; n <= devices; n++) {
  const { connectionString } = await emulator.createDevice(`device-${n}`);
  connectionStrings.push(connectionString);
}
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send({ arrived, cpuSeconds: (user + system) / 1e6 });
});
process.send({
  connectionStrings,
  certificate: await createCertificate("localhost"),
  hubPort: emulator.endpoints.plainPort,
});
