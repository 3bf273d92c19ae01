import type { ConnectionDialect, InboundDialect } from "../connection/dialect.ts";
import type { MessageDialect } from "../messages/message-dialect.ts";
import type { MethodDialect } from "../methods/method-dialect.ts";
import type { TwinDialect } from "../twin/twin-dialect.ts";

/** The protocol of a hub on top of MQTT: what a connection, messages, methods and twins each need of it. */
export interface HubDialect
  extends ConnectionDialect,
    InboundDialect,
    MessageDialect,
    MethodDialect,
    TwinDialect {}
