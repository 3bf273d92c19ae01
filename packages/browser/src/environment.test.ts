// Servers and simulated pages run this package, too, as far as they have the web's classes.

import { afterEach, describe, expect, it, vi } from "vitest";
import { pageCrypto } from "./crypto.ts";

/** Imports a module that is compiled with the types of pages, which tests don't have. */
const load = (name: string): Promise<Record<string, (...args: unknown[]) => unknown>> =>
  import(`./${name}.ts`);
const { connect } = await load("connect");
const { watchEnvironment } = await load("environment-changes");
const { createWorkerTimer } = await load("worker-timer");

afterEach(() => vi.unstubAllGlobals());

const endpoint = {
  transport: "websocket",
  secure: false,
  host: "localhost",
  port: 1,
  path: "/",
  serverVerificationCert: undefined,
  cipher: undefined,
  clientCertificate: undefined,
  proxy: undefined,
} as const;
const handlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

describe("an environment that isn't a page", () => {
  it("connects without the events of pages", async () => {
    vi.stubGlobal("addEventListener", undefined);
    class WebSocket {
      readonly OPEN = 1;
      readyState = 1;
      set onopen(run: (() => void) | null) {
        if (run !== null) queueMicrotask(run);
      }
    }
    vi.stubGlobal("WebSocket", WebSocket);
    const connection = await connect?.(endpoint, handlers, new AbortController().signal);
    expect(connection).toBeDefined();
    const stop = watchEnvironment?.(() => {}) as () => void;
    stop();
  });

  it("without WebSocket is refused with an error that isn't retried", async () => {
    vi.stubGlobal("WebSocket", undefined);
    await expect(connect?.(endpoint, handlers, new AbortController().signal)).rejects.toMatchObject({
      code: "unsupported_feature",
      retryable: false,
      message: "This environment has no WebSocket",
      remediation: "Run this code in a browser, or use @isohub/node",
    });
  });

  it("signs tokens with and without isSecureContext", async () => {
    vi.stubGlobal("isSecureContext", undefined);
    expect(await pageCrypto.hmacSha256(new Uint8Array(32), new Uint8Array(1))).toHaveLength(32);
  });

  it.each([
    [false, "A page loaded over http: can't sign tokens"],
    [undefined, "An environment without crypto.subtle can't sign tokens"],
  ])(
    "without crypto.subtle refuses to sign tokens, with the reason; isSecureContext: %s",
    async (isSecure, message) => {
      vi.stubGlobal("isSecureContext", isSecure);
      vi.stubGlobal("crypto", {});
      await expect(pageCrypto.hmacSha256(new Uint8Array(32), new Uint8Array(1))).rejects.toMatchObject({
        code: "unsupported_feature",
        message,
      });
    },
  );

  it("without workers or object URLs has no worker timer", () => {
    vi.stubGlobal("Worker", undefined);
    expect(createWorkerTimer?.(() => {})).toBeUndefined();
    vi.stubGlobal("URL", {});
    expect(createWorkerTimer?.(() => {})).toBeUndefined();
  });
});
