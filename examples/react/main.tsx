import { IoTHubDeviceClient } from "@isohub/browser";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";

// For a local hub: the connection string is in the URL. For users, call createFromTokenProvider instead.
const connectionString = decodeURIComponent(location.hash.slice(1));
const create = (): IoTHubDeviceClient => IoTHubDeviceClient.createFromConnectionString(connectionString);

createRoot(document.querySelector("#app") as HTMLElement).render(
  <StrictMode>
    <App create={create} />
  </StrictMode>,
);
