import type { ClientState } from "../connection/client-state.ts";
import { ClientError, type IsoHubError } from "../errors.ts";
import { Channel, type Listener } from "../events/channel.ts";
import type { ReceivedMessage } from "../messages/message.ts";
import type { MethodRequest } from "../methods/method.ts";
import type { JsonObject } from "../util/json.ts";

/** A change of desired properties: `null` for a key that is gone, `$version` for the state it leads to. */
export type TwinPatch = JsonObject;

/** What can be listened to with `on`. */
export interface ClientEvents<TPatch = TwinPatch> {
  connectionStateChange: ClientState;
  message: ReceivedMessage;
  methodRequest: MethodRequest;
  twinDesiredPropertiesPatch: TPatch;
  newSastokenRequired: undefined;
  backgroundException: IsoHubError;
}

/** The name of an event that `on` takes. */
export type ClientEventName = keyof ClientEvents;

/** Events that mean a subscription at the hub. */
export type SubscribedEventName = "message" | "methodRequest" | "twinDesiredPropertiesPatch";

/** All channels of a client, and the one place where the failure of a listener ends up. */
export class ClientChannels {
  readonly connectionStateChange: Channel<ClientState> = new Channel();
  readonly message: Channel<ReceivedMessage>;
  readonly methodRequest: Channel<MethodRequest>;
  readonly twinDesiredPropertiesPatch: Channel<TwinPatch>;
  readonly newSastokenRequired: Channel<undefined> = new Channel();
  readonly backgroundException: Channel<IsoHubError> = new Channel();

  constructor(onInterest: (name: SubscribedEventName, wanted: boolean) => void) {
    const subscribed = <T>(name: SubscribedEventName): Channel<T> =>
      new Channel((wanted) => onInterest(name, wanted));
    this.message = subscribed("message");
    this.methodRequest = subscribed("methodRequest");
    this.twinDesiredPropertiesPatch = subscribed("twinDesiredPropertiesPatch");
  }

  of<K extends ClientEventName>(name: K): Channel<ClientEvents[K]> {
    return this[name] as unknown as Channel<ClientEvents[K]>;
  }

  /** Tells listeners whose outcome matters to nobody else; a failure goes to the background channel. */
  notify<K extends ClientEventName>(name: K, value: ClientEvents[K]): void {
    this.of(name).tell(value, (cause) => {
      // A listener for failures that fails has nobody left to tell.
      if (name === "backgroundException") return;
      this.report(new ClientError("handler_failed", `A listener of '${name}' failed`, { cause }));
    });
  }

  report(error: IsoHubError): void {
    this.notify("backgroundException", error);
  }

  close(): void {
    for (const channel of Object.values(this)) (channel as Channel<unknown>).close();
  }
}

export type { Listener };
