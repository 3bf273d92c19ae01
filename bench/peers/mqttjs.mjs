import { DEVICE_ID } from "../message.mjs";

/**
 * MQTT.js, used like an application that talks to IoT Hub without an SDK: URL, trusted CA, credentials, and properties encoded
 * into each message's topic.
 *
 * @type {import("./peer.mjs").Peer}
 */
export const peer = {
  name: "mqttjs",
  title: "MQTT.js",
  packages: ["mqtt"],
  load: () => import("mqtt"),
  create({ default: mqtt }, { transport, port, ca }, deviceId = DEVICE_ID) {
    const url =
      transport === "WSS" ? `wss://localhost:${port}/$iothub/websocket` : `mqtts://localhost:${port}`;
    const client = mqtt.connect(url, {
      ca,
      clientId: deviceId,
      username: `localhost/${deviceId}/?api-version=2021-04-12`,
      password: "SharedAccessSignature sr=localhost&sig=bench&se=2000000000",
      manualConnect: true,
    });
    const events = `devices/${deviceId}/messages/events/`;
    const requests = new TwinRequests(client);
    /** The listeners to messages, by the start of their topic. @type {[string, (topic: string, body: Buffer) => void][]} */
    const routes = [["$iothub/twin/res/", (topic, body) => requests.answered(topic, body)]];
    client.on("message", (topic, body) =>
      routes.find(([start]) => topic.startsWith(start))?.[1](topic, body),
    );
    const listen = (filter, start, qos, run) => {
      routes.push([start, run]);
      return client.subscribeAsync(filter, { qos });
    };
    return {
      connect: () =>
        new Promise((resolve, reject) => {
          client.once("connect", resolve);
          client.once("error", reject);
          client.connect();
        }),
      disconnect: () => client.endAsync(),
      send(body, properties, done) {
        client.publish(events + encodeBag(properties), body, { qos: 1 }, done);
      },
      getTwin: (done) => requests.send("$iothub/twin/GET/", "", done),
      patchReported: (patch, done) =>
        requests.send("$iothub/twin/PATCH/properties/reported/", JSON.stringify(patch), done),
      onMethod: (called) =>
        listen("$iothub/methods/POST/#", "$iothub/methods/POST/", 0, (topic, body) => {
          called();
          const rid = topic.slice(topic.indexOf("$rid=") + 5);
          client.publish(`$iothub/methods/res/200/?$rid=${rid}`, JSON.stringify(JSON.parse(body)), {
            qos: 0,
          });
        }),
      onMessage: (received) =>
        listen(`devices/${deviceId}/messages/devicebound/#`, `devices/${deviceId}/`, 1, (topic, body) => {
          received({ properties: decodeBag(topic.slice(topic.lastIndexOf("/") + 1)), body });
        }),
      onDesired: (received) =>
        listen("$iothub/twin/PATCH/properties/desired/#", "$iothub/twin/PATCH/", 0, (_topic, body) =>
          received(JSON.parse(body)),
        ),
    };
  },
};

/** Matches twin responses to requests, like an application without an SDK. */
class TwinRequests {
  #client;
  #subscribed;
  #rid = 0;
  /** @type {Map<string, (error?: unknown) => void>} */
  #waiting = new Map();

  constructor(client) {
    this.#client = client;
  }

  async send(topic, body, done) {
    this.#subscribed ??= this.#client.subscribeAsync("$iothub/twin/res/#");
    await this.#subscribed;
    const rid = String(++this.#rid);
    this.#waiting.set(rid, done);
    this.#client.publish(`${topic}?$rid=${rid}`, body, { qos: 0 });
  }

  answered(topic, body) {
    const [, status, rid] = /^\$iothub\/twin\/res\/(\d+)\/\?\$rid=([^&]+)/.exec(topic) ?? [];
    const done = this.#waiting.get(rid);
    this.#waiting.delete(rid);
    if (body.length > 0) JSON.parse(body);
    done?.(status === "200" || status === "204" ? undefined : new Error(`status ${status}`));
  }
}

/** @param {string} bag @returns {Record<string, string>} */
function decodeBag(bag) {
  const properties = {};
  for (const pair of bag.split("&")) {
    const at = pair.indexOf("=");
    properties[decodeURIComponent(pair.slice(0, at))] = decodeURIComponent(pair.slice(at + 1));
  }
  return properties;
}

/** @param {Record<string, string>} properties */
function encodeBag(properties) {
  let bag = "";
  for (const key in properties) {
    if (bag !== "") bag += "&";
    bag += `${encodeURIComponent(key)}=${encodeURIComponent(properties[key])}`;
  }
  return bag;
}
