import type { Clock } from "@isohub/core/internal";
import type { ServiceFault } from "../faults/fault-rules.ts";
import type { Hub } from "../hub/hub.ts";
import type { DeviceFaults } from "../mqtt/mqtt-server.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import type { Claims } from "./authentication/claims.ts";
import type { ReplyLinks } from "./rhea/replies.ts";
import type { EventReaders } from "./services/event-readers.ts";

/** The hub that AMQP connections serve. */
export interface AmqpContext {
  readonly hub: Hub;
  readonly provisioning: Provisioning;
  readonly clock: Clock;
  readonly readers: EventReaders;
  /** The faults of devices. */
  readonly faults: DeviceFaults;
  /** Decides whether a request of a service fails. */
  onService(): ServiceFault | undefined;
  /** Returns the host name and TLS port that links to the hub's events are redirected to. */
  endpoint(): { readonly hostName: string; readonly port: number };
}

/** A connection's context, and what its tokens grant. */
export interface ServiceContext extends AmqpContext {
  readonly claims: Claims;
  /** The links of the connection that carry the replies of `$management`. */
  readonly replies: ReplyLinks;
  /** Whether so much is unsent that nothing should be added. */
  isCongested(): boolean;
}
