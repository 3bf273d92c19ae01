/** For runtime packages of the web platform: its WebSocket, `fetch` and timers, and the lite client. */
export { LiteDeviceClient } from "./clients/lite-device-client.ts";
export { loadReceivers } from "./receiving/load-receivers.ts";
export { webClock } from "./web/web-clock.ts";
export { fetchOverWeb, type WebFetchOptions } from "./web/web-fetch.ts";
export { highWaterMark, openWebSocket, type WebSocketDial, webSocketUrl } from "./web/web-socket.ts";
