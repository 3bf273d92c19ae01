import type { Clock } from "@isohub/core/internal";
import type { Hub } from "../hub/hub.ts";

/** The hub that AMQP connections serve. */
export interface AmqpContext {
  readonly hub: Hub;
  readonly clock: Clock;
  /** The name of the event hub that has the hub's events. */
  readonly eventHub: string;
  /** Returns the host name and TLS port that links to the hub's events are redirected to. */
  endpoint(): { readonly hostName: string; readonly port: number };
}
