import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.ts";
import { memoryRuntime } from "../testing/memory-runtime.ts";
import { endpointOf } from "./endpoint.ts";
import { parseHost } from "./host-name.ts";
import { resolveOptions } from "./resolve-options.ts";

describe("a hub on this machine", () => {
  it("may be used without TLS if its name has ws://", () => {
    for (const host of ["localhost", "hub.localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10"]) {
      expect(parseHost("HostName", `ws://${host}:8080`)).toEqual({ host, port: 8080, secure: false });
    }
    expect(parseHost("HostName", "ws://[::1]:8080")).toEqual({ host: "::1", port: 8080, secure: false });
    expect(parseHost("HostName", "localhost:8080").secure).toBe(true);
  });

  it("must have a loopback name: other hubs are never used without TLS", () => {
    for (const host of [
      "hub.azure-devices.net",
      "10.0.0.1",
      "128.0.0.1",
      "127.0.0.1.example.com",
      "localhost.example.com",
      "notlocalhost",
      "[::2]",
    ]) {
      const run = (): unknown => parseHost("HostName", `ws://${host}`);
      expect(run).toThrow(ArgumentError);
      expect(run).toThrow(
        `HostName must be a host name without 'ws://': set websockets instead; a hub on this machine can be ws://localhost:port, got 'ws://${host}'`,
      );
    }
  });

  it("isn't shown if it has a password", () => {
    expect(() => parseHost("HostName", "user:password@hub.example")).toThrow(
      /^HostName must be a host name such as .*, got a string of 25 characters$/,
    );
  });

  it("accepts no other scheme", () => {
    for (const scheme of ["wss", "http", "https", "mqtt"]) {
      expect(() => parseHost("HostName", `${scheme}://localhost:1`)).toThrow(
        `HostName must be a host name without '${scheme}://'`,
      );
    }
  });

  it("has an endpoint without TLS, over WebSockets", () => {
    const options = resolveOptions({ websockets: true }, memoryRuntime());
    expect(endpointOf("ws://localhost:8080", options, undefined)).toMatchObject({
      transport: "websocket",
      secure: false,
      host: "localhost",
      port: 8080,
    });
    expect(endpointOf("ws://localhost", options, undefined).port).toBe(80);
    const gateway = resolveOptions(
      { websockets: true, gatewayHostname: "ws://127.0.0.1:1" },
      memoryRuntime(),
    );
    expect(endpointOf("hub.example", gateway, undefined)).toMatchObject({ secure: false, host: "127.0.0.1" });
    expect(endpointOf("hub.example", options, undefined).secure).toBe(true);
  });

  it("without TLS implies WebSockets, for the hub and for its gateway", () => {
    for (const features of [["tcp"], []] as const) {
      const options = resolveOptions({}, memoryRuntime(features));
      expect(endpointOf("ws://localhost:8080", options, undefined)).toMatchObject({
        transport: "websocket",
        secure: false,
        port: 8080,
      });
      const gateway = resolveOptions({ gatewayHostname: "ws://127.0.0.1:1" }, memoryRuntime(features));
      expect(endpointOf("hub.example", gateway, undefined)).toMatchObject({
        transport: "websocket",
        port: 1,
      });
    }
    const options = resolveOptions({}, memoryRuntime());
    expect(endpointOf("localhost:8080", options, undefined).transport).toBe("tcp");
  });

  it("without TLS is refused with websockets off", () => {
    const options = resolveOptions({ websockets: false }, memoryRuntime());
    expect(() => endpointOf("ws://localhost:8080", options, undefined)).toThrow(
      expect.objectContaining({ code: "invalid_argument", remediation: "Set websockets to true" }),
    );
  });
});
