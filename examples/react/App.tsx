import type { IoTHubDeviceClient } from "@isohub/browser";
import { type ReactElement, useState } from "react";
import { Thermostat } from "./Thermostat.tsx";

export function App({ create }: { create: () => IoTHubDeviceClient }): ReactElement {
  const [isShown, setShown] = useState(true);
  return (
    <main>
      <button type="button" onClick={() => setShown((wasShown) => !wasShown)}>
        Toggle
      </button>
      {isShown && <Thermostat create={create} />}
    </main>
  );
}
