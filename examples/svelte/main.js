import { IoTHubDeviceClient } from "@isohub/browser";
import { mount } from "svelte";
import App from "./App.svelte";

// For a local hub: the connection string is in the URL. For users, call createFromTokenProvider instead.
const connectionString = decodeURIComponent(location.hash.slice(1));
const create = () => IoTHubDeviceClient.createFromConnectionString(connectionString);

mount(App, { target: document.querySelector("#app"), props: { create } });
