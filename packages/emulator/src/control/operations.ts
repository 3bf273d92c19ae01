import type { ControlMethods } from "./control-methods.ts";
import type { Operations } from "./operation.ts";
import { edgeOperations } from "./operations/edge.ts";
import { eventHubOperations } from "./operations/event-hubs.ts";
import { hubOperations } from "./operations/hubs.ts";
import { identityOperations } from "./operations/identities.ts";
import { joiningOperations } from "./operations/joining.ts";
import { messageOperations } from "./operations/messages.ts";
import { provisioningOperations } from "./operations/provisioning.ts";
import { sessionOperations } from "./operations/sessions.ts";
import { stateOperations } from "./operations/state.ts";

/**
 * Every operation of the control API except faults. Its routes, its OpenAPI document, its client, and the table in the
 * README are derived from it. To add an operation, declare it in {@link ControlMethods} and add a row; if `Emulator` has no
 * method of this name, add a handler.
 */
export const operations: Operations<ControlMethods> = {
  ...hubOperations,
  ...joiningOperations,
  ...identityOperations,
  ...messageOperations,
  ...edgeOperations,
  ...eventHubOperations,
  ...sessionOperations,
  ...stateOperations,
  ...provisioningOperations,
};

export { faultOperations } from "./operations/faults.ts";
