// A Vue composable for a device. Copy this file into your application.
import type { ClientState, IoTHubDeviceClient, Twin } from "@isohub/browser";
import { onBeforeUnmount, onMounted, type Ref, shallowRef } from "vue";

/** A device as a component sees it. */
export interface Device {
  readonly client: Readonly<Ref<IoTHubDeviceClient | undefined>>;
  readonly state: Readonly<Ref<ClientState | undefined>>;
  /** The twin. It is read after each connection and after each change of its desired properties. */
  readonly twin: Readonly<Ref<Twin | undefined>>;
  /** The error of `create`. If the device can't connect, `state` has the reason. */
  readonly error: Readonly<Ref<unknown>>;
}

/** Connects a device while the component is mounted. */
export function useDevice(create: () => IoTHubDeviceClient | Promise<IoTHubDeviceClient>): Device {
  const client = shallowRef<IoTHubDeviceClient>();
  const state = shallowRef<ClientState>();
  const twin = shallowRef<Twin>();
  const error = shallowRef<unknown>();
  const ended = new AbortController();
  const options = { signal: ended.signal };

  async function start(): Promise<void> {
    const device = await create();
    ended.signal.addEventListener("abort", () => device.shutdown());
    if (ended.signal.aborted) return device.shutdown();
    client.value = device;
    const read = async (): Promise<void> => {
      twin.value = await device.getTwin(options).catch(() => twin.value);
    };
    const changed = (next: ClientState): void => {
      state.value = next;
      if (next.status === "connected") read();
    };
    device.on("connectionStateChange", changed, options);
    device.on("twinDesiredPropertiesPatch", read, options);
    await device.connect().catch(() => {});
  }

  onMounted(() => {
    start().catch((reason) => {
      error.value = reason;
    });
  });
  onBeforeUnmount(() => ended.abort());
  return { client, state, twin, error };
}
