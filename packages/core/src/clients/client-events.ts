import type { ClientState } from "../connection/client-state.ts";
import { ClientError, type IsoHubError } from "../errors.ts";
import { Channel, type Listener } from "../events/channel.ts";
import type { ReceivedMessage } from "../messages/message.ts";
import type { MethodRequest } from "../methods/method.ts";
import type { JsonObject } from "../util/json.ts";

/** A change of desired properties: `null` for a removed key, and the `$version` that it results in. */
export type TwinPatch = JsonObject;

/** The events of a client by name, for `on`. */
export interface ClientEvents<TPatch = TwinPatch> {
  /** The connection has another state. */
  connectionStateChange: ClientState;
  /** A message arrived, cloud-to-device or by an input. */
  message: ReceivedMessage;
  /** A direct method without its own handler was called. */
  methodRequest: MethodRequest;
  /** Desired properties have changed. */
  twinDesiredPropertiesPatch: TPatch;
  /** The application's SAS token is about to expire. */
  newSastokenRequired: undefined;
  /** An error occurred that no call throws. */
  backgroundException: IsoHubError;
}

/** The name of an event, for `on`. */
export type ClientEventName = keyof ClientEvents;

/** The events that need a subscription at the hub. */
export type SubscribedEventName = "message" | "methodRequest" | "twinDesiredPropertiesPatch";

/** The channels of a client's events. */
export class ClientChannels {
  readonly connectionStateChange: Channel<ClientState> = new Channel();
  readonly message: Channel<ReceivedMessage>;
  readonly methodRequest: Channel<MethodRequest>;
  readonly twinDesiredPropertiesPatch: Channel<TwinPatch>;
  readonly newSastokenRequired: Channel<undefined> = new Channel();
  readonly backgroundException: Channel<IsoHubError> = new Channel();
  readonly #onFailure: (name: ClientEventName, error: ClientError) => void;

  /** @param onFailure - called with the failure of a listener */
  constructor(
    onInterest: (name: SubscribedEventName, wanted: boolean) => void,
    onFailure: (name: ClientEventName, error: ClientError) => void,
  ) {
    this.#onFailure = onFailure;
    const subscribed = <T>(name: SubscribedEventName): Channel<T> =>
      new Channel((wanted) => onInterest(name, wanted));
    this.message = subscribed("message");
    this.methodRequest = subscribed("methodRequest");
    this.twinDesiredPropertiesPatch = subscribed("twinDesiredPropertiesPatch");
  }

  of<K extends ClientEventName>(name: K): Channel<ClientEvents[K]> {
    return this[name] as unknown as Channel<ClientEvents[K]>;
  }

  /** Calls the listeners of an event whose outcome affects nothing else. */
  notify<K extends ClientEventName>(name: K, value: ClientEvents[K]): void {
    this.of(name).notify(value, (cause) =>
      this.#onFailure(name, new ClientError("handler_failed", `A listener of '${name}' failed`, { cause })),
    );
  }

  close(): void {
    for (const channel of Object.values(this)) (channel as Channel<unknown>).close();
  }
}

export type { Listener };
