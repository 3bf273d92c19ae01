import { messageOf } from "../../hub/hub-error.ts";
import { propertiesOf } from "../message-fields.ts";
import type { Reply } from "../rhea/replies.ts";
import type { Message } from "../rhea/rhea.ts";

/** A request to `$cbs` with a token. */
export interface TokenRequest {
  /** The resource, as the client names it. Clients differ, so only the token counts. */
  readonly audience: string;
  readonly token: string;
}

const sasTypes = /:sastoken$/i;

/**
 * Parses a request to `$cbs`. Returns the reply that refuses it if it has no SAS token.
 *
 * @source Claims Based Security for AMQP, version 1.0; the requests of the SDKs
 */
export function parseTokenRequest(message: Message): TokenRequest | Reply {
  const { operation, type, name } = propertiesOf(message);
  if (operation !== "put-token") {
    return { status: 400, description: `operation must be put-token, got '${String(operation)}'` };
  }
  if (typeof type !== "string" || !sasTypes.test(type)) {
    return { status: 401, description: "type must be servicebus.windows.net:sastoken: only SAS is emulated" };
  }
  const token: unknown = message["body"];
  if (typeof token !== "string") return { status: 400, description: "the body must be a token" };
  return { audience: typeof name === "string" ? name : "", token };
}

/** Returns the reply to a token. @param check - resolves with the reason why it isn't valid, if so */
export async function replyTo(check: Promise<string | undefined>): Promise<Reply> {
  try {
    const problem = await check;
    if (problem !== undefined) return { status: 401, description: `Unauthorized: ${problem}` };
    return { status: 200, description: "OK" };
  } catch (error) {
    return { status: 500, description: messageOf(error) };
  }
}
