import type { TopicFilter } from "../../mqtt/engine.ts";
import { utf8 } from "../../util/text.ts";
import type { ConnectionDialect, SubscriptionName } from "../dialect.ts";
import type { HubTarget } from "./hub-locator.ts";

/** A hub that has accepted the client, with the client's topics there. */
export class AcceptedHub {
  readonly target: HubTarget;
  readonly #dialect: ConnectionDialect;
  /** Undefined until the first message, because most devices of a fleet are idle, and it takes 180 bytes. */
  #prefix: Uint8Array | undefined;

  constructor(target: HubTarget, dialect: ConnectionDialect) {
    this.target = target;
    this.#dialect = dialect;
  }

  /** The start of telemetry topics. */
  get prefix(): Uint8Array {
    this.#prefix ??= utf8(this.#dialect.prefix(this.target.identity));
    return this.#prefix;
  }

  filterOf(name: SubscriptionName): TopicFilter {
    return this.#dialect.topicFilter(name, this.target.identity);
  }
}
