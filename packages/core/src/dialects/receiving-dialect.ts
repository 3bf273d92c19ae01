import type { InboundDialect } from "../connection/dialect.ts";
import type { MessageDialect } from "../messages/message-dialect.ts";
import type { MethodDialect } from "../methods/method-dialect.ts";
import type { TwinDialect } from "../twin/twin-dialect.ts";

/** The protocol of a hub on top of MQTT: what clients need of it that receive something. */
export interface ReceivingDialect
  extends InboundDialect,
    Pick<MessageDialect, "readMessage">,
    Pick<MethodDialect, "readCall">,
    TwinDialect {}
