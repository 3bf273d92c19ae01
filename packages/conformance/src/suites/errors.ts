import { type ErrorCode, IsoHubError, type LogLevel } from "@isohub/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDevice, keyOf } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

const key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
const whole = `HostName=hub.example;DeviceId=d;SharedAccessKey=${key}`;

/** Invalid connection strings, and a part of the message about each. */
const connectionStrings: [title: string, connectionString: unknown, code: ErrorCode, message: string][] = [
  ["that is undefined", undefined, "invalid_connection_string", "undefined"],
  ["that is empty", "", "invalid_connection_string", "empty"],
  ["without DeviceId", whole.replace("DeviceId=d;", ""), "invalid_connection_string", "DeviceId"],
  ["with an unknown key", `${whole};Nonsense=1`, "invalid_connection_string", "Nonsense"],
  ["in quotes", `"${whole}"`, "invalid_connection_string", "quotes"],
  [
    "of a service",
    whole.replace("DeviceId=d", "SharedAccessKeyName=p"),
    "invalid_connection_string",
    "service",
  ],
  ["of Event Hubs", "Endpoint=sb://h/;EntityPath=p", "invalid_connection_string", "Event Hubs"],
  ["of a module", `${whole};ModuleId=m`, "invalid_connection_string", "IoTHubModuleClient"],
  ["whose SharedAccessKey isn't base64", whole.replace(key, "not base64!"), "invalid_key", "base64"],
  ["whose HostName is a URL", whole.replace("hub.", "https://hub."), "invalid_argument", "https"],
];

/** Returns all that an error contains, its causes included. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)));
  return [...own, everythingIn(error.cause)].join("\n");
}

/** Errors differ by class and code, explain what to do, and never contain a key. */
export function errorsSuite(fixtures: Fixtures): void {
  const { hub, clients, connectOptions } = fixtures;
  const { IoTHubDeviceClient } = clients;

  function refusal(create: () => unknown): unknown {
    try {
      create();
    } catch (error) {
      return error;
    }
    throw new Error("nothing was thrown");
  }

  describe("errors", () => {
    it.each(connectionStrings)(
      "reject a connection string %s before connecting",
      (_title, given, code, message) => {
        const error = refusal(() =>
          IoTHubDeviceClient.createFromConnectionString(given as string, connectOptions),
        );
        expect(error).toMatchObject({ name: "ArgumentError", code });
        expect(error).toBeInstanceOf(TypeError);
        expect(everythingIn(error)).toContain(message);
        expect(everythingIn(error)).not.toContain(key);
      },
    );

    it.each([
      [{ keepAliv: 60 }, "unknown_option", "keepAliv"],
      [{ keepAlive: 0 }, "invalid_argument", "1 to 1740"],
      [{ sastokenTtl: "1h" }, "invalid_argument", "sastokenTtl"],
      [{ modelId: "thermostat" }, "invalid_argument", "dtmi:"],
    ] as const)("reject the options %j before connecting", (options, code, message) => {
      const error = refusal(() => IoTHubDeviceClient.createFromConnectionString(whole, options as object));
      expect(error).toMatchObject({ name: "ArgumentError", code, message: expect.stringContaining(message) });
      expect(everythingIn(error)).not.toContain(key);
    });

    it("are instances of exported classes", async () => {
      const { client } = await createDevice(fixtures);
      await client.shutdown();
      const error = await client.sendMessage("x").catch((failure: unknown) => failure);
      // In a page these are the classes of the bundle.
      expect(error).toMatchObject({ name: "ClientError", code: "shut_down", retryable: false });
      expect(error).toBeInstanceOf(Error);
      expect(error instanceof IsoHubError).toBe(true);
    });

    it("have a remediation where there is one", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.deleteDevice(deviceId);
      const error = await client.connect().catch((failure: unknown) => failure);
      expect(error).toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
        retryable: false,
        remediation: expect.stringMatching(/./),
      });
    });

    it("of a handler are printed if nothing listens to errors, and the device stays connected", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      client.onBackgroundException = null;
      const cause = new RangeError("broken");
      const printed: unknown[] = [];
      // In pages, reportError also reaches window.onerror and services that collect errors.
      const [owner, name] = "document" in globalThis ? [globalThis, "reportError"] : [console, "error"];
      const print: unknown = Reflect.get(owner, name);
      Reflect.set(owner, name, (error: unknown) => printed.push(error));
      onTestFinished(() => void Reflect.set(owner, name, print));
      client.handleMethod("fail", () => {
        throw cause;
      });
      await client.connect();
      expect(await hub.invokeMethod(deviceId, "fail")).toMatchObject({ status: 500 });
      await eventually(() =>
        expect(printed).toMatchObject([{ name: "ClientError", code: "handler_failed", cause }]),
      );
      expect(client.connected).toBe(true);
    });

    it("and log entries contain no key, token or body, whatever fails", async () => {
      const seen: string[] = [];
      const logger = {
        log: (level: LogLevel, message: string, detail: object) =>
          void seen.push(level, message, JSON.stringify(detail)),
      };
      const { client, connectionString, deviceId, background } = await createDevice(fixtures, {
        logger,
        operationTimeoutMs: 300,
      });
      await client.connect();
      await hub.faults.mute("twin", deviceId);
      const failures: unknown[] = [await client.getTwin().catch((error: unknown) => error)];
      await hub.faults.mute("puback", deviceId);
      failures.push(await client.sendMessage("body-of-it").catch((error: unknown) => error));
      await hub.updateDevice(deviceId, { status: "disabled" });
      await hub.kick(deviceId);
      await eventually(() => expect(background).not.toEqual([]));
      const text = [...seen, ...[...failures, ...background].map(everythingIn)].join("\n");
      const secret = keyOf(connectionString);
      expect(secret).not.toBe("");
      for (const hidden of [secret, "SharedAccessSignature", "sig=", "body-of-it"])
        expect(text).not.toContain(hidden);
      expect(failures).toMatchObject([{ code: "operation_timeout" }, { code: "operation_timeout" }]);
    });
  });
}
