import { attemptFault, type Fault } from "../fault.ts";
import { ascii, type Reaction } from "../reaction.ts";

const fault = (name: string, reaction: Omit<Reaction, "to">): Fault =>
  attemptFault("WebSocket upgrade", name, { to: "upgrade", ...reaction }, { transport: "WebSockets" });

const answer = (status: number, more = ""): Uint8Array =>
  ascii(`HTTP/1.1 ${status} No\r\n${more}content-length: 0\r\n\r\n`);

/** Faults of the answer to the WebSocket upgrade. */
export const upgradeFaults: readonly Fault[] = [
  fault("answer 302", { send: answer(302, "location: https://portal.example/\r\n"), end: "fin" }),
  ...[400, 401, 403, 404, 502, 503].map((status) =>
    fault(`answer ${status}`, { send: answer(status), end: "fin" }),
  ),
  fault("answer 429 with Retry-After", { send: answer(429, "retry-after: 1\r\n"), end: "fin" }),
  fault("no answer to the upgrade", {}),
  fault("garbage instead of an answer", { send: ascii("\u0001\u0002garbage\r\n\r\n"), end: "fin" }),
  fault("closed instead of an answer", { end: "fin" }),
];
