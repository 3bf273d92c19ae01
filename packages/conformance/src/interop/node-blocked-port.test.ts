// A firewall that drops requests for port 8883: a client notices it only by a timeout.
import { startEmulator } from "@isohub/emulator";
import { IoTHubDeviceClient } from "@isohub/node";
import { expect, it, onTestFinished } from "vitest";
import { startOfficialHub, withoutPort } from "./official-hub.ts";
import { openSilentPort } from "./silent-port.ts";
import { describeUnless } from "./skipping.ts";

// Finds an address whose ports are free.
const { emulator, refused } = await startOfficialHub();
await emulator.close();
const host = emulator.hostName === "localhost" ? "127.0.0.1" : emulator.hostName;
const linux = process.platform === "linux" ? undefined : "only Linux drops requests if its queue is full";

describeUnless(linux ?? refused[8883] ?? refused[443], "a client whose port 8883 is blocked", () => {
  async function device() {
    const hub = await startEmulator({ host, port: 443 });
    onTestFinished(() => hub.close());
    const blocked = await openSilentPort(host, 8883);
    onTestFinished(() => blocked.close());
    const { connectionString } = await hub.createDevice("d");
    return { hub, connectionString: withoutPort(connectionString) };
  }

  it("names the firewall, and advises WebSockets", async () => {
    const { hub, connectionString } = await device();
    const client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: hub.ca,
    });
    onTestFinished(() => client.shutdown());
    await expect(client.connect()).rejects.toMatchObject({
      code: "connect_failed",
      message: `Could not connect to ${host}:8883: it did not answer (waited 20 s)`,
      remediation: "A firewall probably blocks port 8883. Set websockets: true, which uses port 443",
    });
  });

  it("connects over WebSockets with websockets: 'auto'", async () => {
    const { hub, connectionString } = await device();
    const client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: hub.ca,
      websockets: "auto",
    });
    onTestFinished(() => client.shutdown());
    await client.sendMessage("x");
    expect(hub.sessions().map(({ transport }) => transport)).toEqual(["wss"]);
  });
});
