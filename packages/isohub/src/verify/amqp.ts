import { packageMissing } from "@isohub/core/runtime";
import type { Connection, ConnectionOptions, Message, Receiver, Sender } from "rhea";
import { NotPossible } from "./not-possible.ts";

export type { Connection, Delivery, EventContext, Message, Receiver, Sender } from "rhea";

/** Loads rhea, which is installed separately: only services need AMQP. @throws {NotPossible} if it is missing */
export async function loadRhea(): Promise<typeof import("rhea")> {
  try {
    const rhea = await import("rhea").catch(
      packageMissing("AMQP", "the package 'rhea'", "npm install --save-dev rhea"),
    );
    return (rhea as unknown as { default: typeof import("rhea") }).default;
  } catch (error) {
    const { remediation } = error as { remediation?: string };
    throw new NotPossible(`needs the package 'rhea': run \`${remediation}\``);
  }
}

/** Connects with SASL PLAIN. Rejects with the peer's reason. */
export async function openConnection(
  options: ConnectionOptions & { readonly username: string; readonly password: string },
): Promise<Connection> {
  const rhea = await loadRhea();
  const connection = rhea.create_container().connect({ reconnect: false, ...options });
  return new Promise((resolve, reject) => {
    connection.on("connection_open", () => resolve(connection));
    for (const event of ["connection_error", "connection_close", "disconnected", "error"])
      connection.on(event, (problem: { error?: unknown } | undefined) =>
        reject(failureOf("the AMQP connection", problem?.error ?? connection.error ?? problem)),
      );
  });
}

/** Resolves when a link is attached. A refused link is attached first, and detached at once: see {@link detached}. */
export async function attached(link: Sender | Receiver): Promise<void> {
  const event = link.is_sender() ? "sender_open" : "receiver_open";
  await new Promise<void>((resolve) => link.once(event, () => resolve()));
}

/** Rejects with the peer's reason when it refuses or ends a link: for `Promise.race`. */
export function detached(link: Sender | Receiver, name: string): Promise<never> {
  const kind = link.is_sender() ? "sender" : "receiver";
  const end = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(failureOf(`the link to ${name}`, link.error));
    link.once(`${kind}_error`, fail);
    link.once(`${kind}_close`, fail);
    link.connection.once("disconnected", fail);
  });
  end.catch(() => {});
  return end;
}

/** Returns the bytes of a message's body; `undefined` if it has none. */
export function bodyBytes(message: Message | undefined): Buffer | undefined {
  const body = message?.body as { content?: Buffer } | Buffer | undefined;
  return Buffer.isBuffer(body) ? body : body?.content;
}

function failureOf(name: string, error: unknown): Error {
  const { condition, description, message } = Object(error) as Record<string, unknown>;
  const reason = condition === undefined ? (message ?? "it closed") : `${condition}: ${description}`;
  return new Error(`${name} failed: ${String(reason)}`);
}
