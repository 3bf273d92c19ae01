import type { LinkHandler } from "./link-handler.ts";
import { OutgoingLink, type OutgoingMessage } from "./outgoing-link.ts";
import { type Message, type Sender, types } from "./rhea.ts";

/** The reply to a request. */
export interface Reply {
  readonly status: number;
  readonly description: string;
  /** The body, with its AMQP type. */
  readonly body?: unknown;
}

/** The links of one connection that carry replies to requests: of `$cbs` or `$management`. */
export class ReplyLinks {
  readonly #links = new Set<OutgoingLink>();
  // Replies that wait for credit, as a rule none.
  readonly #waiting: { readonly link: OutgoingLink; readonly message: OutgoingMessage }[] = [];

  /** Opens a link that replies are sent on. */
  open(sender: Sender): LinkHandler {
    const link = new OutgoingLink(sender);
    this.#links.add(link);
    return {
      onSendable: () => link.schedule(() => this.#flush()),
      onClose: () => {
        link.close();
        this.#links.delete(link);
      },
    };
  }

  /** Sends a reply on the link that the request names: by its target address, or by its name. */
  reply(request: Message, { status, description, body = null }: Reply): void {
    const address: unknown = request["reply_to"];
    const links = [...this.#links];
    const link =
      links.find(({ sender }) => sender.target?.address === address && address) ??
      links.find(({ sender }) => sender.name === address) ??
      links.at(-1);
    if (link === undefined) return;
    const code = types.wrap_int(status);
    const message = {
      to: address,
      correlation_id: request["message_id"],
      application_properties: {
        "status-code": code,
        "status-description": description,
        statusCode: code,
        statusDescription: description,
      },
      body,
    };
    this.#waiting.push({ link, message });
    link.schedule(() => this.#flush());
  }

  // Sends the replies for which there is credit.
  #flush(): void {
    for (const entry of [...this.#waiting]) {
      if (entry.link.credit === 0) continue;
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      entry.link.send(entry.message);
    }
  }
}
