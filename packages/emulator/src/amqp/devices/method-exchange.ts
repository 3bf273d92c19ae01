import { decodePercent } from "@isohub/core/internal";
import type { Hub } from "../../hub/hub.ts";
import type { Session } from "../../hub/sessions/session.ts";
import { bodyOf, idOf, propertiesOf } from "../message-fields.ts";
import type { OutgoingLink } from "../rhea/outgoing-link.ts";
import { dataSection, type Message, types, uuidBytes } from "../rhea/rhea.ts";

const requests = "$iothub/methods/POST/#";

/** The direct methods of one device: calls of the hub, and the device's responses. */
export class MethodExchange {
  readonly #hub: Hub;
  readonly #session: Session;
  // The ids that the hub knows, by the UUIDs that the device knows: Java's client expects those.
  readonly #calls = new Map<string, string>();
  link: OutgoingLink | undefined;

  constructor(hub: Hub, session: Session) {
    this.#hub = hub;
    this.#session = session;
  }

  /** Receives calls from now on. */
  start(link: OutgoingLink): void {
    this.link = link;
    this.#hub.operations.subscribe(this.#session, requests, 0);
    this.#hub.operations.subscribed(this.#session);
  }

  stop(): void {
    this.link = undefined;
    this.#hub.operations.unsubscribe(this.#session, requests);
  }

  /** Sends a call that the hub sends over MQTT. */
  deliver(topic: string, payload: Uint8Array): void {
    const [, name = "", rid = ""] = /^\$iothub\/methods\/POST\/([^/]*)\/\?\$rid=([^&]*)/.exec(topic) ?? [];
    const id = crypto.randomUUID();
    this.#calls.set(id, rid);
    this.link?.enqueue({
      correlation_id: types.wrap_uuid(uuidBytes(id)),
      application_properties: { "IoThub-methodname": decodePercent(name) },
      body: dataSection(payload),
    });
  }

  /** Handles a response of the device. Returns why it isn't valid, if so. */
  respond(message: Message): string | undefined {
    const properties = propertiesOf(message);
    const id = idOf(message["correlation_id"]) ?? "";
    const rid = this.#calls.get(id) ?? "";
    this.#calls.delete(id);
    const topic = `$iothub/methods/res/${String(properties["IoThub-status"])}/?$rid=${rid}`;
    const payload = bodyOf(message["body"]);
    return this.#hub.operations.publish(this.#session, { topic, payload, qos: 0, retain: false, dup: false });
  }
}
