import { type AddressInfo, createServer, type Server } from "node:net";
import fc from "fast-check";
import { ProxyOptions } from "../../packages/core/src/auth/proxy-options.ts";
import { openTunnel } from "../../packages/node/src/proxy/tunnel.ts";
import { attemptAsync, mustNotShow } from "../coded.ts";
import { editedBytes } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const input = fc
  .constantFrom(
    { type: "HTTP" as const, answer: bytesOf("HTTP/1.1 200 Connection established\r\n\r\n") },
    {
      type: "HTTP" as const,
      answer: bytesOf("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno"),
    },
    { type: "SOCKS5" as const, answer: Uint8Array.of(5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80) },
    { type: "SOCKS5" as const, answer: Uint8Array.of(5, 2, 1, 0, 5, 0, 0, 3, 1, 0x61, 0, 80) },
    { type: "SOCKS4" as const, answer: Uint8Array.of(0, 0x5a, 0, 80, 127, 0, 0, 1) },
  )
  .chain(({ type, answer }) =>
    fc.record({ type: fc.constant(type), answer: editedBytes(fc.constant(answer)), hasLogin: fc.boolean() }),
  );

/** A proxy that answers with these bytes, whatever it is asked, and closes the connection. */
class AnsweringProxy {
  answer: Uint8Array = new Uint8Array();
  readonly #server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(this.answer));
  });

  async port(): Promise<number> {
    if (!this.#server.listening) {
      await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
      this.#server.unref();
    }
    return (this.#server.address() as AddressInfo).port;
  }
}

const proxy = new AnsweringProxy();

/** Answers of proxies: a tunnel, or an error with a code that doesn't show the password. */
export const proxyAnswers: Target = defineTarget(
  "proxy-answers",
  input,
  async ({ type, answer, hasLogin }) => {
    proxy.answer = answer;
    const login = hasLogin ? ["user", "s3cret-password"] : [];
    const options = new ProxyOptions(type, "127.0.0.1", await proxy.port(), ...login);
    const signal = new AbortController().signal;
    const outcome = await attemptAsync(() =>
      openTunnel(options, { host: "hub.example", port: 8883 }, signal),
    );
    if ("error" in outcome) mustNotShow(outcome, ["s3cret-password"]);
    else outcome.value.on("error", () => {}).destroy();
  },
);
