import type { JsonObject } from "@isohub/core";
import { type Clock, encodePropertyBag } from "@isohub/core/internal";
import { isoTime } from "./clock.ts";
import type { EventFeed } from "./events/event-feed.ts";
import type { HubEvent } from "./events/events.ts";
import type { Identity } from "./identities/identity.ts";
import type { Registry } from "./identities/registry.ts";
import { jsonBytes } from "./json.ts";
import type { MessageRouter, MessageSource } from "./telemetry/message-router.ts";
import type { Twins, TwinWrite } from "./twins/twins.ts";

/** Parts of a hub that {@link HubMessages} reads. */
export interface HubMessageSources {
  readonly clock: Clock;
  readonly router: MessageRouter;
  readonly registry: Registry;
  readonly events: EventFeed;
  readonly twins: Twins;
  readonly hubName: string;
  twin(identity: Identity): JsonObject;
}

/** The names of a source in its messages. */
const names: Readonly<Record<Exclude<MessageSource, "DeviceMessages">, string>> = {
  TwinChangeEvents: "twinChangeEvents",
  DeviceLifecycleEvents: "deviceLifecycleEvents",
  DeviceConnectionStateEvents: "deviceConnectionStateEvents",
};

const bag = encodePropertyBag([
  ["$.ct", "application/json"],
  ["$.ce", "utf-8"],
]);

/**
 * Makes messages of the hub's own events, as far as routes select them: changes of twins, the life of identities, and their
 * connections.
 *
 * @source IoT Hub documentation, "Non-telemetry event schemas"
 */
export class HubMessages {
  readonly #from: HubMessageSources;
  #stop: (() => void) | undefined;
  #connections = 0;

  constructor(from: HubMessageSources) {
    this.#from = from;
    from.router.onChange(() => this.#listen());
    this.#listen();
  }

  /** Makes a message of an identity that was created, or is about to be deleted. */
  lifecycle(identity: Identity, operation: "create" | "delete"): void {
    if (!this.#from.router.wants("DeviceLifecycleEvents")) return;
    const kind = kindOf(identity);
    const name = `${operation}${kind === "device" ? "Device" : "Module"}Identity`;
    const body = this.#from.twin(identity);
    this.#publish("DeviceLifecycleEvents", identity, `${kind}LifecycleNotification`, name, body);
  }

  // Only while there are routes, so that it costs nothing otherwise.
  #listen(): void {
    const { router, twins } = this.#from;
    twins.onWrite = router.wants("TwinChangeEvents")
      ? (identity, write) => this.#twinChanged(identity, write)
      : undefined;
    if (router.wants("DeviceConnectionStateEvents"))
      this.#stop ??= this.#from.events.on((event) => this.#connection(event));
    else {
      this.#stop?.();
      this.#stop = undefined;
    }
  }

  #twinChanged(identity: Identity, { operation, version, tags, properties }: TwinWrite): void {
    const body = {
      version,
      ...(tags === undefined ? {} : { tags }),
      ...(properties === undefined ? {} : { properties }),
    };
    this.#publish("TwinChangeEvents", identity, "twinChangeNotification", operation, body);
  }

  #connection(event: HubEvent): void {
    if (event.type !== "deviceConnected" && event.type !== "deviceDisconnected") return;
    const identity = identityOf(event);
    const kind = kindOf(identity);
    const operation = event.type.replace("device", kind);
    const sequenceNumber = (++this.#connections).toString(16).toUpperCase().padStart(56, "0");
    const body = { sequenceNumber };
    this.#publish(
      "DeviceConnectionStateEvents",
      identity,
      `${kind}ConnectionStateNotification`,
      operation,
      body,
    );
  }

  #publish(
    source: Exclude<MessageSource, "DeviceMessages">,
    identity: Identity,
    schema: string,
    opType: string,
    body: object,
  ): void {
    const { router, registry, hubName, clock } = this.#from;
    const { deviceId, moduleId } = identity;
    router.publish(source, {
      identity,
      bag,
      body: jsonBytes(body),
      added: {
        hubName,
        deviceId,
        ...(moduleId === undefined ? {} : { moduleId }),
        operationTimestamp: isoTime(clock.now()),
        "iothub-message-schema": schema,
        opType,
      },
      connection: {
        connectionDeviceId: deviceId,
        ...(moduleId === undefined ? {} : { connectionModuleId: moduleId }),
        connectionDeviceGenerationId: registry.find(identity)?.generationId ?? "",
        messageSource: names[source],
      },
      dup: false,
    });
  }
}

function kindOf({ moduleId }: Identity): "device" | "module" {
  return moduleId === undefined ? "device" : "module";
}

function identityOf({ deviceId, moduleId }: Identity): Identity {
  return moduleId === undefined ? { deviceId } : { deviceId, moduleId };
}
