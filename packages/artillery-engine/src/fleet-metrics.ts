import type { DeviceObserver, Report, SimulatedDevice } from "@isohub/simulator";
import type { ArtilleryEvents } from "./artillery.ts";

/** Creates an observer that counts what devices do, as metrics of Artillery. */
export function metricsObserver(events: ArtilleryEvents): DeviceObserver<SimulatedDevice> {
  return {
    onConnected(_device, ms) {
      events.emit("counter", "isohub.connections", 1);
      events.emit("histogram", "isohub.connect_ms", ms);
    },
    onSent() {
      events.emit("counter", "isohub.sent", 1);
      events.emit("rate", "isohub.send_rate");
    },
    onAcknowledged(_device, _message, ms) {
      events.emit("counter", "isohub.acknowledged", 1);
      events.emit("histogram", "isohub.ack_ms", ms);
    },
    onFailed: () => events.emit("counter", "isohub.failed", 1),
  };
}

/** Counts the results that are known only at the end. Without a local hub, `lost`, `held` and `repeated` are absent. */
export function countResults({ counts, deliveries }: Report, events: ArtilleryEvents): void {
  const results: Readonly<Record<string, number>> = {
    reconnections: counts.reconnections,
    broken_connections: counts.brokenConnections,
    method_calls: counts.methodCalls,
    uploads: counts.uploads,
    quota_units: counts.quotaUnits,
    bytes_sent: counts.bytesSent,
    bytes_received: counts.bytesReceived,
    // `ensure` doesn't know metrics that were never counted.
    failed: 0,
    ...(deliveries === undefined
      ? {}
      : { lost: deliveries.lost, held: deliveries.held, repeated: deliveries.repeated }),
  };
  for (const [name, value] of Object.entries(results)) events.emit("counter", `isohub.${name}`, value);
  for (const [code, count] of Object.entries(counts.errors))
    events.emit("counter", `isohub.errors.${code}`, count);
}
