import { asError, type Connection, type ConnectionHandlers, type Endpoint } from "@isohub/core/runtime";
import { openWebSocket, webSocketUrl } from "@isohub/core/web";
import { denoClock } from "./clock.ts";
import { connectError } from "./connect-errors.ts";
import { createHttpClient } from "./http-client.ts";

/** Opens Deno's WebSocket. Resolves after the upgrade. */
export async function connectWebSocket(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  const client = createHttpClient(endpoint);
  handlers.onStep?.("WebSocket", "Check the host name, and that no proxy or firewall holds WebSockets back");
  let socket: WebSocket;
  try {
    // Options in the second argument are Deno's own extension.
    const options = { protocols: ["mqtt"], client } as unknown as string;
    socket = new WebSocket(webSocketUrl(endpoint), options);
  } catch (error) {
    client.close();
    throw connectError(asError(error).message, endpoint, error);
  }
  // Deno dispatches the event twice if the connection breaks while it closes; a second close() would end the program.
  socket.addEventListener("close", () => client.close(), { once: true });
  return await openWebSocket(socket, {
    clock: denoClock,
    handlers,
    signal,
    failed: (detail) => connectError(detail, endpoint),
  });
}
