import type { AmqpError, Delivery, Message } from "./rhea.ts";

/** The outcome that a client gives a message it has received. */
export type Outcome = "accepted" | "rejected" | "released";

/** Serves a link for as long as it is attached. */
export interface LinkHandler {
  /** Handles a message from the client. */
  onMessage?(message: Message, delivery: Delivery): void;
  /** Sends what waits: the client has granted credit, or the connection has sent what it had. */
  onSendable?(): void;
  /** Handles the outcome of a message to the client. */
  onOutcome?(delivery: Delivery, outcome: Outcome): void;
  onClose(): void;
}

/** Either the handler of a link, or the reason why it is refused. */
export type LinkOutcome = LinkHandler | AmqpError;

/** Whether a link is refused. */
export function isRefusal(outcome: LinkOutcome): outcome is AmqpError {
  return "condition" in outcome;
}
