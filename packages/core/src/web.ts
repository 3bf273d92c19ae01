/** The common web platform as a runtime package uses it: the runtime's own WebSocket, `fetch` and timers. */
export { webClock } from "./web/web-clock.ts";
export { fetchOverWeb, type WebFetchOptions } from "./web/web-fetch.ts";
export { highWaterMark, openWebSocket, type WebSocketDial, webSocketUrl } from "./web/web-socket.ts";
