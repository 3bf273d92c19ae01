import type { Hub } from "../../hub/hub.ts";
import type { Session } from "../../hub/sessions/session.ts";
import { annotationsOf, bodyOf } from "../message-fields.ts";
import type { OutgoingLink } from "../rhea/outgoing-link.ts";
import { dataSection, type Message, types } from "../rhea/rhea.ts";

const responses = "$iothub/twin/res/#";
const notifications = "$iothub/twin/PATCH/properties/desired/#";
const emptyBody = new Uint8Array();

/** The twin of one device: requests from it, the hub's responses, and notifications of desired properties. */
export class TwinExchange {
  readonly #hub: Hub;
  readonly #session: Session;
  // The correlation ids of requests, with their types, by the ids that the hub knows.
  readonly #requests = new Map<string, unknown>();
  #lastRequest = 0;
  link: OutgoingLink | undefined;

  constructor(hub: Hub, session: Session) {
    this.#hub = hub;
    this.#session = session;
    hub.operations.subscribe(session, responses, 0);
  }

  /** Handles a request of the device. Returns why it isn't valid, if so. */
  request(message: Message): string | undefined {
    const annotations = annotationsOf(message);
    const operation = String(annotations["operation"] ?? "").toUpperCase();
    const resource = String(annotations["resource"] ?? "")
      .replace(/\/$/, "")
      .toLowerCase();
    const isNotifications = resource === "/notifications/twin/properties/desired";
    if (operation === "GET") return this.#publish(message, "$iothub/twin/GET/", emptyBody);
    if (operation === "PATCH" && resource === "/properties/reported") {
      const version = annotations["version"];
      const condition = version === undefined || version === null ? "" : `&$version=${String(version)}`;
      return this.#publish(
        message,
        "$iothub/twin/PATCH/properties/reported/",
        bodyOf(message["body"]),
        condition,
      );
    }
    if ((operation === "PUT" || operation === "DELETE") && isNotifications) {
      if (operation === "PUT") this.#hub.operations.subscribe(this.#session, notifications, 0);
      else this.#hub.operations.unsubscribe(this.#session, notifications);
      this.#send({ correlation_id: message["correlation_id"] }, { status: types.wrap_int(200) }, emptyBody);
      return undefined;
    }
    return `the operation must be GET, PATCH, PUT or DELETE of a twin, got '${operation} ${resource}'`;
  }

  /** Sends what the hub sends over MQTT: a response, or a notification. */
  deliver(topic: string, payload: Uint8Array): void {
    const [, status, query = ""] = /^\$iothub\/twin\/res\/(\d+)\/\?(.*)$/.exec(topic) ?? [];
    const version = /\$version=(\d+)/.exec(topic)?.[1];
    const stamped = version === undefined ? {} : { version: types.wrap_long(Number(version)) };
    if (status === undefined) {
      this.#send({}, { ...stamped, resource: "/notifications/twin/properties/desired" }, payload);
      return;
    }
    const rid = /\$rid=([^&]*)/.exec(query)?.[1] ?? "";
    const correlation_id = this.#requests.get(rid);
    this.#requests.delete(rid);
    this.#send({ correlation_id }, { ...stamped, status: types.wrap_int(Number(status)) }, payload);
  }

  #publish(message: Message, path: string, payload: Uint8Array, more = ""): string | undefined {
    const rid = String(++this.#lastRequest);
    this.#requests.set(rid, message["correlation_id"]);
    const topic = `${path}?$rid=${rid}${more}`;
    return this.#hub.operations.publish(this.#session, { topic, payload, qos: 0, retain: false, dup: false });
  }

  #send(properties: object, message_annotations: object, body: Uint8Array): void {
    this.link?.enqueue({ ...properties, message_annotations, body: dataSection(body) });
  }
}
