import { IoTHubDeviceClient } from "@isohub/browser";
import { getAccessToken, hubOptions, tokenUrl, userId } from "./settings.js";

const client = await IoTHubDeviceClient.createFromTokenProvider(
  {
    url: tokenUrl,
    deviceId: `thermostat-${userId}`,
    headers: async () => ({ authorization: `Bearer ${await getAccessToken()}` }),
  },
  hubOptions,
);
client.onConnectionStateChange = ({ status }) => {
  document.title = status;
};
client.handleMethod("ping", () => ({ payload: "pong" }));
await client.sendMessage({ temperature: 21.5 });
