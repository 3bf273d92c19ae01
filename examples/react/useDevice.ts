// React hooks for a device. Copy this file into your application.
import type { ClientState, IoTHubDeviceClient, Twin } from "@isohub/browser";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";

type Client = IoTHubDeviceClient | undefined;

function raise(error: unknown): never {
  throw error;
}

/**
 * Connects a device while the component is mounted. Errors of `create` go to the nearest error boundary. If the device can't
 * connect, its connection state has the reason.
 *
 * @param create - the same function on each render: define it outside of the component, or with `useCallback`
 */
export function useDevice(create: () => IoTHubDeviceClient | Promise<IoTHubDeviceClient>): Client {
  const [client, setClient] = useState<IoTHubDeviceClient>();
  useEffect(() => {
    let isMounted = true;
    // In a microtask, so that the first of StrictMode's two mounts creates no client.
    const created = Promise.resolve().then(() => (isMounted ? create() : undefined));
    const start = (device: Client): unknown => {
      if (isMounted) setClient(device);
      return isMounted && device?.connect().catch(() => {});
    };
    created.then(start, (error) => setClient(() => raise(error)));
    return () => {
      isMounted = false;
      setClient(undefined);
      created.then((device) => device?.shutdown()).catch(() => {});
    };
  }, [create]);
  return client;
}

/** Returns the connection state of a device, and renders again when it changes. */
export function useConnectionState(client: Client): ClientState | undefined {
  const subscribe = useCallback(
    (changed: () => void) => client?.on("connectionStateChange", changed) ?? (() => {}),
    [client],
  );
  const state = (): ClientState | undefined => client?.state;
  return useSyncExternalStore(subscribe, state, state);
}

/** Returns the twin of a device. It is read after each connection and after each change of its desired properties. */
export function useTwin(client: Client): Twin | undefined {
  const isConnected = useConnectionState(client)?.status === "connected";
  const [twin, setTwin] = useState<Twin>();
  useEffect(() => {
    if (client === undefined || !isConnected) return;
    const ended = new AbortController();
    const read = (): unknown => client.getTwin({ signal: ended.signal }).then(setTwin, () => {});
    client.on("twinDesiredPropertiesPatch", read, { signal: ended.signal });
    read();
    return () => ended.abort();
  }, [client, isConnected]);
  return twin;
}
