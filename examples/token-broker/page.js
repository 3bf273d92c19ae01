import { IoTHubDeviceClient } from "@isohub/browser";
import { getAccessToken, hubOptions, tokenUrl } from "./settings.js";

const client = await IoTHubDeviceClient.createFromTokenProvider(
  { url: tokenUrl, headers: async () => ({ authorization: `Bearer ${await getAccessToken()}` }) },
  hubOptions,
);
client.onConnectionStateChange = ({ status }) => {
  document.title = status;
};
client.handleMethod("ping", () => ({ payload: "pong" }));
await client.sendMessage({ temperature: 21.5 });
