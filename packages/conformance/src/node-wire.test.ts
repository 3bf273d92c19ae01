import { IoTHubDeviceClient } from "@isohub/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "./device.ts";
import { providedHub } from "./provided-hub.ts";
import { applicationRecords, offeredCiphers, offersSession, relayTo } from "./tcp-relay.ts";

const { hub, ca } = providedHub();

/** A client that reaches the hub through a relay, which sees what it sends. */
async function clientBehindRelay(options: { websockets: boolean; cipher?: string | string[] }) {
  const { connectionString } = await hub.createDevice(freshId());
  const relay = await relayTo(Number(/HostName=localhost:(\d+)/.exec(connectionString)?.[1]));
  const client = IoTHubDeviceClient.createFromConnectionString(
    connectionString.replace(/HostName=[^;]+/, `HostName=localhost;GatewayHostName=localhost:${relay.port}`),
    { serverVerificationCert: ca, ...options },
  );
  onTestFinished(() => client.shutdown());
  return { client, relay };
}

describe("on the wire of Node", () => {
  it.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("what is sent in one tick over %s leaves in one write", async (_, websockets) => {
    const { client, relay } = await clientBehindRelay({ websockets });
    await client.connect();
    await client.sendMessage("first");
    const before = applicationRecords(relay.received[0] ?? []);
    await Promise.all(Array.from({ length: 100 }, (_, n) => client.sendMessage({ n })));
    // 100 messages of some 100 bytes are less than a TLS record, of 16 KiB, holds; a second may be the rest of it.
    expect(applicationRecords(relay.received[0] ?? []) - before).toBeLessThanOrEqual(2);
  });

  it.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("the option cipher is what is offered over %s", async (_, websockets) => {
    const [aes128, aes256] = [0xc02b, 0xc02c];
    const usual = await clientBehindRelay({ websockets });
    await usual.client.connect();
    const all = offeredCiphers(usual.relay.received[0]?.[0] ?? new Uint8Array());
    expect(all).toEqual(expect.arrayContaining([aes128, aes256]));
    // As Python takes them: any case, "_" for "-", a list or one text.
    const own = await clientBehindRelay({ websockets, cipher: ["ecdhe_ecdsa_aes128_gcm_sha256"] });
    await own.client.connect();
    const offered = offeredCiphers(own.relay.received[0]?.[0] ?? new Uint8Array());
    expect(offered).toContain(aes128);
    expect(offered).not.toContain(aes256);
  });

  it.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("a connection over %s offers to resume the TLS session of one before", async (_, websockets) => {
    const { client, relay } = await clientBehindRelay({ websockets });
    await client.connect();
    // The hub sends the session behind the handshake: it is there with the first answer.
    await client.sendMessage("first");
    await client.disconnect();
    await client.connect();
    await client.sendMessage("second");
    const hellos = relay.received.map(([first = new Uint8Array()]) => offersSession(first));
    expect(hellos).toEqual([false, true]);
  });
});
