import type { ConnectionDialect } from "../connection/dialect.ts";
import type { MessageDialect } from "../messages/message-dialect.ts";
import type { MethodDialect } from "../methods/method-dialect.ts";

/** The protocol of a hub on top of MQTT: what every client needs of it, even if it only sends telemetry. */
export interface HubDialect
  extends ConnectionDialect,
    Pick<MessageDialect, "encodeMessage">,
    Pick<MethodDialect, "encodeResponse"> {}
