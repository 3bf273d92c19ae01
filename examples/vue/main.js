import { IoTHubDeviceClient } from "@isohub/browser";
import { createApp } from "vue";
import App from "./App.vue";

// For a local hub: the connection string is in the URL. For users, call createFromTokenProvider instead.
const connectionString = decodeURIComponent(location.hash.slice(1));
const create = () => IoTHubDeviceClient.createFromConnectionString(connectionString);

createApp(App, { create }).mount("#app");
