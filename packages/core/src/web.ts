/** What runtime packages for the web use: the runtime's own WebSocket, `fetch` and timers, and a client with the essentials alone. */
export { LiteDeviceClient } from "./clients/lite-device-client.ts";
export { webClock } from "./web/web-clock.ts";
export { fetchOverWeb, type WebFetchOptions } from "./web/web-fetch.ts";
export { highWaterMark, openWebSocket, type WebSocketDial, webSocketUrl } from "./web/web-socket.ts";
