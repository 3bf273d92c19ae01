// An application may load this package twice, such as once as a dependency of a dependency. Each copy must accept the other's
// objects.

import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { engineOfThisRun } from "../test/engines.ts";
import * as core from "./index.ts";
import { createReceivers } from "./receiving/receivers.ts";
import { readTransitOptions } from "./setup/transit-options.ts";
import { MemoryDevice } from "./testing/memory-device.ts";
import { memoryRuntime } from "./testing/memory-runtime.ts";
import { VirtualClock } from "./testing/virtual-clock.ts";

vi.resetModules();
const copy = await import("./index.ts");

const platform = {
  runtime: Object.assign(memoryRuntime(["tcp", "clientCertificate"]), {
    loadCertificate: ({ certificateFile: cert, keyFile: key }: core.X509) => ({
      cert,
      key,
      passPhrase: undefined,
    }),
  }),
  engine: engineOfThisRun(),
  loadReceivers: () => createReceivers,
};

class Device extends core.IoTHubDeviceClient {
  protected static override readonly platform = platform;
}

class DeviceOfCopy extends copy.IoTHubDeviceClient {
  protected static override readonly platform = platform;
}

class ApplicationDevice extends Device {}

const connectionString =
  "HostName=hub.example;DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

describe("an error from another copy of the package", () => {
  it("is an instance of its class and of the base class, and of no other", () => {
    const error: unknown = new copy.ConnectionFailedError("tls_failed", "m");
    expect(Object.getPrototypeOf(error)).not.toBe(core.ConnectionFailedError.prototype);
    expect(error).toBeInstanceOf(core.ConnectionFailedError);
    expect(error).toBeInstanceOf(core.IsoHubError);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(core.ConnectionDroppedError);
    expect(error).not.toBeInstanceOf(core.ArgumentError);
    expect(new copy.IsoHubError("client_error", "m")).not.toBeInstanceOf(core.ClientError);
    expect(new copy.ArgumentError("invalid_key", "m")).toBeInstanceOf(core.ArgumentError);
  });

  it("is only an instance of an application's subclass if that created it", () => {
    class OwnError extends core.CredentialError {}
    const own = new OwnError("not_authorized", "m");
    expect(own).toBeInstanceOf(OwnError);
    expect(own).toBeInstanceOf(copy.CredentialError);
    expect(own.name).toBe("CredentialError");
    expect(new core.CredentialError("not_authorized", "m")).not.toBeInstanceOf(OwnError);
    expect(new copy.CredentialError("not_authorized", "m")).not.toBeInstanceOf(OwnError);
  });
});

describe("an object from another copy of the package", () => {
  it("is a message with all its properties", async () => {
    const device = await new MemoryDevice(engineOfThisRun()).connected();
    await device.client.sendMessage(
      new copy.Message("body", { messageId: "m1", customProperties: { a: "b" } }),
    );
    const [sent] = device.hub.telemetry;
    expect(sent?.topic).toBe("devices/d1/messages/events/%24.mid=m1&a=b");
    expect(sent?.payload).toEqual(new TextEncoder().encode("body"));
    await device.end();
  });

  it("is a method response", async () => {
    const device = await new MemoryDevice(engineOfThisRun()).connected();
    await device.client.sendMethodResponse(new copy.MethodResponse("1", 200, "done"));
    expect(device.hub.methodResponses).toMatchObject([{ topic: "$iothub/methods/res/200/?$rid=1" }]);
    await device.end();
  });

  it("is a certificate, or the options of a proxy", () => {
    const x509 = new copy.X509("certificate", "key");
    expect(Device.createFromX509Certificate(x509, "hub.example", "d1")).toBeInstanceOf(Device);
    const proxyOptions = new copy.ProxyOptions("HTTP", "proxy.example", 8080);
    expect(readTransitOptions({ proxyOptions }, new VirtualClock())).toMatchObject({ proxyOptions });
    expect(() => readTransitOptions({ proxyOptions: x509 }, new VirtualClock())).toThrow(
      "proxyOptions must be a ProxyOptions",
    );
  });

  it("is a client, also where a runtime package has bound the class to its platform", () => {
    const client = DeviceOfCopy.createFromConnectionString(connectionString);
    expect(client).toBeInstanceOf(core.IoTHubDeviceClient);
    expect(client).toBeInstanceOf(Device);
    expect(client).not.toBeInstanceOf(core.IoTHubModuleClient);
    expect(client).not.toBeInstanceOf(ApplicationDevice);
    expect(ApplicationDevice.createFromConnectionString(connectionString)).toBeInstanceOf(DeviceOfCopy);
  });
});

describe("objects of other classes", () => {
  for (const value of [
    undefined,
    null,
    5,
    "text",
    {},
    Object.create(null),
    { name: "Message" },
    new Error("m"),
  ]) {
    it(`is not recognized: ${typeof value} ${JSON.stringify(value)}`, () => {
      expect(value instanceof core.Message).toBe(false);
      expect(value instanceof core.IsoHubError).toBe(false);
      expect(value instanceof core.IoTHubDeviceClient).toBe(false);
    });
  }
});

describe("the types of errors", () => {
  it("have a code wherever a client reports one", () => {
    const client = Device.createFromConnectionString(connectionString);
    client.onBackgroundException = (error) => expectTypeOf(error.code).toEqualTypeOf<core.ErrorCode>();
    expectTypeOf(client.state.reason?.code).toEqualTypeOf<core.ErrorCode | undefined>();
  });

  it("limit the code of each class to its own", () => {
    type Code<TError extends { readonly code: core.ErrorCode }> = TError["code"];
    expectTypeOf<Code<core.ConnectionDroppedError>>().toEqualTypeOf<
      | "connection_dropped"
      | "keep_alive_timeout"
      | "acknowledgement_timeout"
      | "taken_over"
      | "throttled"
      | "topic_refused"
    >();
    expectTypeOf<Code<core.CredentialError>>().toEqualTypeOf<
      "not_authorized" | "token_refused" | "invalid_sas_token"
    >();
    expectTypeOf<Code<core.OperationTimeoutError>>().toEqualTypeOf<"operation_timeout">();
    // @ts-expect-error a code of another class
    const error = new core.ProtocolError("tls_failed", "m");
    expect(error.code).toBe("tls_failed");
  });
});
