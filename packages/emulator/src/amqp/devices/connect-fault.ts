import type { AmqpContext } from "../amqp-context.ts";

/** Waits as a fault demands. Returns why the device is refused, if a fault refuses it. */
export async function applyConnectFault(
  { hub, faults, clock }: AmqpContext,
  clientId: string,
): Promise<string | undefined> {
  const fault = faults.onConnect(clientId);
  if (fault === undefined) return undefined;
  if (fault === "withhold") return new Promise(() => {});
  if ("delayMs" in fault) {
    await new Promise<void>((resolve) => void clock.setTimer(resolve, fault.delayMs));
    return undefined;
  }
  const detail = "refused by a fault rule";
  hub.refused(clientId, { reason: "fault", returnCode: fault.returnCode, detail });
  return detail;
}
