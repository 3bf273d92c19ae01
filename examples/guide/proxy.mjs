// Connects through an HTTP proxy: the one in PROXY_HOST and PROXY_PORT, or else the one in HTTPS_PROXY.
import { IoTHubDeviceClient, ProxyOptions } from "isohub";

const { CONNECTION_STRING = "", PROXY_HOST, PROXY_PORT, PROXY_USER, PROXY_PASSWORD } = process.env;

const client = IoTHubDeviceClient.createFromConnectionString(CONNECTION_STRING, {
  // Port 443. Many proxies refuse CONNECT to port 8883.
  websockets: true,
  proxyOptions:
    PROXY_HOST === undefined
      ? ProxyOptions.fromEnvironment()
      : new ProxyOptions("HTTP", PROXY_HOST, Number(PROXY_PORT), PROXY_USER, PROXY_PASSWORD),
});
await client.sendMessage({ temperature: 21.5 });
console.log("sent");
await client.shutdown();
