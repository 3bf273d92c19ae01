// Two devices in one page. The broker lets this user be both.
import { IoTHubDeviceClient } from "@isohub/browser";
import { getAccessToken, hubOptions, tokenUrl, userId } from "./settings.js";

const headers = async () => ({ authorization: `Bearer ${await getAccessToken()}` });

/** @param {string} deviceId */
const createClient = (deviceId) =>
  IoTHubDeviceClient.createFromTokenProvider({ url: tokenUrl, deviceId, headers }, hubOptions);

const [thermostat, meter] = await Promise.all(
  [`thermostat-${userId}`, `meter-${userId}`].map((deviceId) => createClient(deviceId)),
);
await Promise.all([thermostat.sendMessage({ temperature: 21.5 }), meter.sendMessage({ kilowattHours: 3.2 })]);
document.title = "sent";
