import type { ClientState } from "@isohub/browser";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SimulatedDevice } from "../model/devices/simulated-device.ts";
import { Status, type Tone } from "./parts.tsx";

/** The tone of each state. */
export const toneOf: Readonly<Record<ClientState["status"], Tone>> = {
  connected: "good",
  connecting: "warn",
  waiting: "bad",
  disconnecting: "idle",
  disconnected: "idle",
};

/** The state of a device's connection, with the countdown to its next attempt. */
export function DeviceStatus({ device }: { readonly device: SimulatedDevice }): JSX.Element {
  const { status, nextRetryAt, attempt } = device.state.value;
  if (device.error.value !== undefined) return <Status tone="bad">failed</Status>;
  if (!device.isOn.value) return <Status tone="idle">off</Status>;
  if (status === "waiting" && nextRetryAt !== undefined) {
    return (
      <Status tone="bad">
        retry {attempt} in <Countdown to={nextRetryAt} />
      </Status>
    );
  }
  return <Status tone={toneOf[status]}>{status}</Status>;
}

/** The seconds until a moment. */
export function Countdown({ to }: { readonly to: Date }): JSX.Element {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return <>{Math.max(0, (to.getTime() - now) / 1000).toFixed(0)} s</>;
}
