// A Svelte store for a device. Copy this file into your application.
import type { ClientState, IoTHubDeviceClient, Twin } from "@isohub/browser";
import { type Readable, readable } from "svelte/store";

/** A device as a component sees it. */
export interface Device {
  readonly client?: IoTHubDeviceClient;
  readonly state?: ClientState;
  /** The twin. It is read after each connection and after each change of its desired properties. */
  readonly twin?: Twin;
  /** The error of `create`. If the device can't connect, `state` has the reason. */
  readonly error?: unknown;
}

/** Returns a store that connects a device while somebody subscribes to it, as `$store` in a component does. */
export function deviceStore(
  create: () => IoTHubDeviceClient | Promise<IoTHubDeviceClient>,
): Readable<Device> {
  return readable<Device>({}, (_set, update) => {
    const ended = new AbortController();
    const options = { signal: ended.signal };
    const assign = (part: Device): void => {
      if (!ended.signal.aborted) update((device) => ({ ...device, ...part }));
    };

    async function start(): Promise<void> {
      const client = await create();
      ended.signal.addEventListener("abort", () => client.shutdown());
      if (ended.signal.aborted) return client.shutdown();
      assign({ client, state: client.state });
      const read = async (): Promise<void> => {
        const twin = await client.getTwin(options).catch(() => undefined);
        if (twin !== undefined) assign({ twin });
      };
      const changed = (state: ClientState): void => {
        assign({ state });
        if (state.status === "connected") read();
      };
      client.on("connectionStateChange", changed, options);
      client.on("twinDesiredPropertiesPatch", read, options);
      await client.connect().catch(() => {});
    }

    start().catch((error) => assign({ error }));
    return () => {
      ended.abort();
      update(() => ({}));
    };
  });
}
