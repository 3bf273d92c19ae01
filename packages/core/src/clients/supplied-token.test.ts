// A client made from a token that the application brings and replaces, over an MQTT engine and a hub in memory.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { ArgumentError, ClientError, CredentialError } from "../errors.ts";
import { deviceClassOn, MemoryDevice } from "../testing/memory-device.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { until } from "../testing/until.ts";
import type { IoTHubDeviceClient } from "./device-client.ts";

const engine = engineOfThisRun();

/** A client created from a token, with its token requests and background exceptions. */
class Supplied {
  readonly runtime = new MemoryRuntime();
  readonly client: IoTHubDeviceClient;
  readonly background: Error[] = [];
  asked = 0;

  /** @param seconds - how long the token still lives */
  constructor(seconds: number) {
    this.client = deviceClassOn(this.runtime, engine).createFromSastoken(this.token(seconds));
    this.client.onNewSastokenRequired = () => this.asked++;
    this.client.onBackgroundException = (error) => this.background.push(error);
  }

  token(seconds: number, resource = "hub.example/devices/d1"): string {
    const expiry = Math.floor(this.runtime.clock.now() / 1000) + seconds;
    return `SharedAccessSignature sr=${encodeURIComponent(resource)}&sig=s${expiry}&se=${expiry}`;
  }

  /** The token of the latest connection. */
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

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );

describe("a token that the application brings", () => {
  it("is shown as it is, at each connection", async () => {
    const supplied = make(3600);
    const token = supplied.token(3600);
    await supplied.client.connect();
    expect(supplied.shown).toBe(token);
    supplied.runtime.peer.close();
    await supplied.runtime.pass(2000, 500);
    await until(() => supplied.client.connected);
    expect(supplied.shown).toBe(token);
  });

  it("is asked for once, 120 s before its end, and the connection is left alone", async () => {
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

  it("replaced, brings the client back over a new connection; the call resolves when it is there", async () => {
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

  it("replaced while disconnected is used by the next connection", async () => {
    const supplied = make(3600);
    const next = supplied.token(7200);
    await supplied.client.updateSastoken(next);
    expect(supplied.runtime.dialled).toEqual([]);
    await supplied.client.connect();
    expect(supplied.shown).toBe(next);
  });

  it("replaced by one that the hub refuses rejects with CredentialError", async () => {
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

  it("replaced by one for somebody else, or by none, is an ArgumentError invalid_sas_token, and the old one stays", async () => {
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

  it("cannot be replaced where there is none: ClientError not_supported", async () => {
    const device = new MemoryDevice(engine);
    const error = await failure(device.client.updateSastoken(new Supplied(60).token(3600)));
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ code: "not_supported" });
    await device.end();
  });

  it("that ends within the margin is asked for half-way, once over any number of reconnections", async () => {
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
