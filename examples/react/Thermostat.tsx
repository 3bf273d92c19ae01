import type { IoTHubDeviceClient } from "@isohub/browser";
import type { ReactElement } from "react";
import { useConnectionState, useDevice, useTwin } from "./useDevice.ts";

export function Thermostat({ create }: { create: () => IoTHubDeviceClient }): ReactElement {
  const client = useDevice(create);
  const state = useConnectionState(client);
  const twin = useTwin(client);
  return (
    <section>
      <p>
        Connection: {state?.status} {state?.reason?.message}
      </p>
      <p>Target: {String(twin?.desired["target"])}</p>
      <button type="button" onClick={() => client?.sendMessage({ temperature: 21.5 })}>
        Send
      </button>
    </section>
  );
}
