// A client created from a token that the application supplies and replaces, with an MQTT engine and an in-memory hub.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { failure } from "../../test/failure.ts";
import { ArgumentError, ClientError, CredentialError } from "../errors.ts";
import { deviceClassOn, MemoryDevice } from "../testing/memory-device.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { until } from "../testing/until.ts";
import type { IoTHubDeviceClient } from "./device-client.ts";

const engine = engineOfThisRun();

/** A client created from a token, with its token requests and reports. */
class Supplied {
  readonly runtime = new MemoryRuntime();
  readonly client: IoTHubDeviceClient;
  readonly background: Error[] = [];
  asked = 0;

  /** @param seconds - the remaining lifetime of the token */
  constructor(seconds: number) {
    this.client = deviceClassOn(this.runtime, engine).createFromSastoken(this.token(seconds));
    this.client.onNewSastokenRequired = () => this.asked++;
    this.client.onBackgroundException = (error) => this.background.push(error);
  }

  token(seconds: number, resource = "hub.example/devices/d1"): string {
    const expiry = Math.floor(this.runtime.clock.now() / 1000) + seconds;
    return `SharedAccessSignature sr=${encodeURIComponent(resource)}&sig=s${expiry}&se=${expiry}`;
  }

  /** Returns the token of the latest connection. */
  get shown(): string | undefined {
    return this.runtime.peer.all("connect")[0]?.password;
  }
}

const made: Supplied[] = [];
function make(seconds: number): Supplied {
  const supplied = new Supplied(seconds);
  made.push(supplied);
  return supplied;
}

afterEach(async () => {
  for (const { client, runtime } of made.splice(0)) {
    await client.shutdown();
    expect(runtime.clock.timers).toBe(0);
    expect(runtime.open).toEqual([]);
  }
});

describe("a token that the application supplies", () => {
  it("is used unchanged on each connection", async () => {
    const supplied = make(3600);
    const token = supplied.token(3600);
    await supplied.client.connect();
    expect(supplied.shown).toBe(token);
    supplied.runtime.peer.close();
    await supplied.runtime.pass(2000, 500);
    await until(() => supplied.client.connected);
    expect(supplied.shown).toBe(token);
  });

  it("is requested once, 120 s before it expires, without ending the connection", async () => {
    const supplied = make(3600);
    await supplied.client.connect();
    await supplied.runtime.pass(3_479_000, 600_000);
    expect(supplied.asked).toBe(0);
    await supplied.runtime.clock.advance(1000);
    expect(supplied.asked).toBe(1);
    await supplied.runtime.pass(1_000_000, 60_000);
    expect(supplied.asked).toBe(1);
    expect(supplied.runtime.peers).toHaveLength(1);
  });

  it("makes the client reconnect when it is replaced; the call resolves once connected", async () => {
    const supplied = make(3600);
    await supplied.client.connect();
    await supplied.runtime.pass(3_480_000, 600_000);
    const next = supplied.token(3600);
    await supplied.client.updateSastoken(next);
    expect(supplied.client.connected).toBe(true);
    expect(supplied.runtime.peers).toHaveLength(2);
    expect(supplied.runtime.peers[0]?.closed).toBe("close");
    expect(supplied.shown).toBe(next);
    await supplied.runtime.pass(3_480_000, 600_000);
    expect(supplied.asked).toBe(2);
    expect(supplied.background).toEqual([]);
  });

  it("is used by the next connection if it is replaced while disconnected", async () => {
    const supplied = make(3600);
    const next = supplied.token(7200);
    await supplied.client.updateSastoken(next);
    expect(supplied.runtime.dialled).toEqual([]);
    await supplied.client.connect();
    expect(supplied.shown).toBe(next);
  });

  it("rejects its replacement with CredentialError if the hub refuses the new one", async () => {
    const supplied = make(3600);
    await supplied.client.connect();
    supplied.runtime.hub.intercept = (packet, peer) => {
      if (packet.type !== "connect") return false;
      peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
      return true;
    };
    const error = await failure(supplied.client.updateSastoken(supplied.token(7200)));
    expect(error).toBeInstanceOf(CredentialError);
    expect(supplied.client.state.status).toBe("disconnected");
  });

  it("can't be replaced by one for another device: ArgumentError invalid_sas_token, and the old one remains", async () => {
    const supplied = make(3600);
    const token = supplied.token(3600);
    for (const wrong of [
      supplied.token(3600, "hub.example/devices/d2"),
      supplied.token(3600, "other.example/devices/d1"),
      supplied.token(3600, "hub.example/devices/d1/modules/m1"),
      supplied.token(-10),
      "garbage",
    ]) {
      const error = await failure(supplied.client.updateSastoken(wrong));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({ code: "invalid_sas_token" });
      expect(String(error)).not.toContain("sig=");
    }
    await supplied.client.connect();
    expect(supplied.shown).toBe(token);
  });

  it("can't be replaced in other clients: ClientError not_supported", async () => {
    const device = new MemoryDevice(engine);
    const error = await failure(device.client.updateSastoken(new Supplied(60).token(3600)));
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ code: "not_supported" });
    await device.end();
  });

  it("is requested halfway if its lifetime is short, once across any number of reconnects", async () => {
    const supplied = make(100);
    await supplied.client.connect();
    await supplied.runtime.pass(49_000, 1000);
    expect(supplied.asked).toBe(0);
    await supplied.runtime.pass(1000);
    expect(supplied.asked).toBe(1);
    for (let drop = 0; drop < 3; drop++) {
      supplied.runtime.peer.close();
      await supplied.client.connect();
    }
    await supplied.runtime.pass(30_000);
    expect(supplied.asked).toBe(1);
  });
});
