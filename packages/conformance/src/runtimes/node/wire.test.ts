import { IoTHubDeviceClient } from "@isohub/node";
import { describe, expect, it } from "vitest";
import { freshId, hostOf, shutDownAtEnd, withParts } from "../../device.ts";
import { providedHub } from "../../provided-hub.ts";
import { applicationRecords, offeredCiphers, offersSession, relayTo } from "../tcp-relay.ts";

const { hub, ca } = providedHub();

/** Creates a client that connects through a relay, which records what it sends. */
async function clientBehindRelay(options: { websockets: boolean; cipher?: string | string[] }) {
  const { connectionString } = await hub.createDevice(freshId());
  const relay = await relayTo(Number(hostOf(connectionString).split(":")[1]));
  const client = shutDownAtEnd(
    IoTHubDeviceClient.createFromConnectionString(
      withParts(connectionString, { HostName: "localhost", GatewayHostName: `localhost:${relay.port}` }),
      { serverVerificationCert: ca, ...options },
    ),
  );
  return { client, relay };
}

describe("the bytes that Node sends", () => {
  it.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("leave in few writes over %s if they are sent in one turn of the event loop", async (_, websockets) => {
    const { client, relay } = await clientBehindRelay({ websockets });
    await client.connect();
    await client.sendMessage("first");
    const before = applicationRecords(relay.received[0] ?? []);
    await Promise.all(Array.from({ length: 100 }, (_, n) => client.sendMessage({ n })));
    // 8, 32 and 60 messages of about 100 bytes: each write fits into a TLS record of 16 KiB.
    expect(applicationRecords(relay.received[0] ?? []) - before).toBeLessThanOrEqual(3);
  });

  it.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("offer the ciphers of the option cipher over %s", async (_, websockets) => {
    const [aes128, aes256] = [0xc02b, 0xc02c];
    const byDefault = await clientBehindRelay({ websockets });
    await byDefault.client.connect();
    const all = offeredCiphers(byDefault.relay.received[0]?.[0] ?? new Uint8Array());
    expect(all).toEqual(expect.arrayContaining([aes128, aes256]));
    // As in Python: any case, "_" instead of "-", and a list or a string.
    const own = await clientBehindRelay({ websockets, cipher: ["ecdhe_ecdsa_aes128_gcm_sha256"] });
    await own.client.connect();
    const offered = offeredCiphers(own.relay.received[0]?.[0] ?? new Uint8Array());
    expect(offered).toContain(aes128);
    expect(offered).not.toContain(aes256);
  });

  it.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("offer to resume the TLS session of an earlier connection over %s", async (_, websockets) => {
    const { client, relay } = await clientBehindRelay({ websockets });
    await client.connect();
    // The hub sends the session after the handshake, so it has arrived before the first response.
    await client.sendMessage("first");
    await client.disconnect();
    await client.connect();
    await client.sendMessage("second");
    const hellos = relay.received.map(([first = new Uint8Array()]) => offersSession(first));
    expect(hellos).toEqual([false, true]);
  });
});
