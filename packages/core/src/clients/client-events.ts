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

/** The client that channels belong to. */
interface ChannelOwner {
  onInterest(name: ClientEventName, wanted: boolean): void;
  onListenerFailure(name: ClientEventName, error: ClientError): void;
}

/** The channels of a client's events. Each is undefined until its first use, because most clients use few. */
export class ClientChannels {
  connectionStateChange: Channel<ClientState> | undefined;
  message: Channel<ReceivedMessage> | undefined;
  methodRequest: Channel<MethodRequest> | undefined;
  twinDesiredPropertiesPatch: Channel<TwinPatch> | undefined;
  newSastokenRequired: Channel<undefined> | undefined;
  backgroundException: Channel<IsoHubError> | undefined;
  readonly #owner: ChannelOwner;

  constructor(owner: ChannelOwner) {
    this.#owner = owner;
  }

  /** Returns the channel of an event, and creates it on first use. */
  of<K extends ClientEventName>(name: K): Channel<ClientEvents[K]> {
    const channels = this as unknown as Record<K, Channel<ClientEvents[K]> | undefined>;
    channels[name] ??= new Channel((wanted) => this.#owner.onInterest(name, wanted));
    return channels[name];
  }

  /** Calls the listeners of an event whose outcome affects nothing else. */
  notify<K extends ClientEventName>(name: K, value: ClientEvents[K]): void {
    (this[name] as Channel<ClientEvents[K]> | undefined)?.notify(value, (cause) =>
      this.#owner.onListenerFailure(
        name,
        new ClientError("handler_failed", `A listener of '${name}' failed`, { cause }),
      ),
    );
  }

  close(): void {
    for (const name of Object.keys(this)) this.of(name as ClientEventName).close();
  }
}

export type { Listener };
