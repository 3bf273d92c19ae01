import { describe, expect, it } from "vitest";
import { connectError } from "./connect-errors.ts";

/** An error as Node creates it for a system call. */
const systemError = (code: string, call: string): Error =>
  Object.assign(new Error(`${call} ${code} hub.example`), { code, syscall: call });

describe("a connection that the network prevents", () => {
  it.each([
    ["ENOTFOUND", "getaddrinfo", "there is no host 'hub.example'", "Check the spelling of the host name"],
    ["EAI_AGAIN", "getaddrinfo", "no DNS server resolved 'hub.example'", "its DNS servers"],
    ["ECONNREFUSED", "connect", "nothing listens at this port", "set websockets: true"],
    ["ECONNRESET", "connect", "a firewall rejects the connection", "set websockets: true"],
    ["ETIMEDOUT", "connect", "it did not answer", "Set websockets: true, which uses port 443"],
    ["EHOSTUNREACH", "connect", "this machine has no route to it", "Check the network connection"],
    ["ENETUNREACH", "connect", "this machine has no route to it", "Check the network connection"],
  ])("by %s of %s is reported with its own advice", (code, call, message, advice) => {
    const cause = systemError(code, call);
    const error = connectError(cause, { host: "hub.example", port: 8883, transport: "tcp" });
    expect(error).toMatchObject({
      code: "connect_failed",
      retryable: true,
      message: expect.stringContaining(message),
      remediation: expect.stringContaining(advice),
      cause,
    });
    expect(error.message).toContain(code);
  });

  it.each(["ECONNREFUSED", "ETIMEDOUT"])("by %s doesn't suggest WebSockets to WebSockets", (code) => {
    for (const port of [443, 8883]) {
      const target = { host: "hub.example", port, transport: "websocket" } as const;
      expect(connectError(systemError(code, "connect"), target).remediation).not.toContain("websockets");
    }
  });
});
