import type { TelemetryMessage } from "../packages/emulator/src/index.ts";
import type { ClientState } from "../packages/node/src/index.ts";

type Status = ClientState["status"];

/** The states that may follow each state. `waiting` may follow itself: another attempt has failed. */
const successors: Readonly<Record<Status, readonly Status[]>> = {
  disconnected: ["connecting"],
  connecting: ["connected", "waiting", "disconnecting", "disconnected", "connecting"],
  connected: ["waiting", "disconnecting", "disconnected"],
  disconnecting: ["disconnected", "connecting"],
  waiting: ["connecting", "disconnected"],
};

/** Returns the changes of state that no client may make. */
export function illegalChanges(states: readonly Status[]): string[] {
  let before: Status = "disconnected";
  const illegal: string[] = [];
  for (const status of states) {
    if (!successors[before].includes(status)) illegal.push(`state ${status} after ${before}`);
    before = status;
  }
  return illegal;
}

/** Returns what is wrong with the telemetry that a hub has. @param acknowledged - bodies of the messages that resolved */
export function wrongTelemetry(
  acknowledged: readonly string[],
  sent: ReadonlySet<string>,
  messages: readonly TelemetryMessage[],
): string[] {
  const originals = new Map<string, number>();
  const wrong: string[] = [];
  for (const { body, dup } of messages) {
    const text = new TextDecoder().decode(body);
    if (!sent.has(text)) wrong.push(`the hub has '${text}', which was never sent`);
    originals.set(text, (originals.get(text) ?? 0) + (dup ? 0 : 1));
  }
  for (const [text, count] of originals)
    if (count > 1) wrong.push(`the hub has '${text}' ${count} times without DUP`);
  for (const text of acknowledged)
    if (!originals.has(text)) wrong.push(`'${text}' was acknowledged, but the hub doesn't have it`);
  return wrong;
}
