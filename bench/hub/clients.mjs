import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { generate } from "mqtt-packet";

const OPENING_AT_ONCE = 50;

/**
 * Connects devices, `device-1` and so on.
 *
 * @param {import("./servers.mjs").Target} target @param {number} count @param {boolean} [tls]
 */
export async function connectDevices(target, count, tls = false) {
  const sockets = [];
  for (let first = 1; first <= count; first += OPENING_AT_ONCE) {
    const numbers = Array.from(
      { length: Math.min(OPENING_AT_ONCE, count - first + 1) },
      (_, at) => first + at,
    );
    sockets.push(
      ...(await Promise.all(numbers.map((number) => connectDevice(target, `device-${number}`, tls)))),
    );
  }
  return sockets;
}

/** @param {import("./servers.mjs").Target} target @param {string} clientId @param {boolean} tls */
function connectDevice(target, clientId, tls) {
  const { plainPort, tlsPort, ca, password } = target;
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({ port: tlsPort, host: "127.0.0.1", servername: "localhost", ca })
      : connect(plainPort, "127.0.0.1");
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`the server closed the connection of ${clientId}`)));
    socket.write(
      generate({
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clean: true,
        clientId,
        keepalive: 600,
        ...(password === undefined
          ? {}
          : { username: `localhost/${clientId}/?api-version=2021-04-12`, password: Buffer.from(password) }),
      }),
    );
    socket.once("data", (connack) => {
      if (connack[3] === 0) resolve({ socket, clientId });
      else reject(new Error(`CONNACK ${connack[3]} for ${clientId}`));
    });
  });
}

/**
 * Sends telemetry at QoS 1, with a number of messages in flight on each connection.
 *
 * @param {{ socket: import("node:net").Socket, clientId: string }[]} devices
 * @param {{ messages: number, window: number, bytes: number }} load
 */
export async function sendTelemetry(devices, { messages, window, bytes }) {
  const each = Math.floor(messages / devices.length);
  await Promise.all(devices.map((device) => sendFrom(device, each, window, Buffer.alloc(bytes, "x"))));
  return each * devices.length;
}

function sendFrom({ socket, clientId }, messages, window, payload) {
  const packet = generate({
    cmd: "publish",
    topic: `devices/${clientId}/messages/events/%24.ct=application%2Fjson&%24.ce=utf-8`,
    payload,
    qos: 1,
    messageId: 1,
    retain: false,
    dup: false,
  });
  return new Promise((resolve) => {
    let sent = 0;
    let acknowledged = 0;
    const send = (count) => {
      const number = Math.min(count, messages - sent);
      sent += number;
      if (number > 0) socket.write(Buffer.concat(Array(number).fill(packet)));
    };
    const onData = (block) => {
      // Every answer is a PUBACK of four bytes.
      const before = Math.floor(acknowledged / 4);
      acknowledged += block.length;
      const now = Math.floor(acknowledged / 4);
      if (now < messages) send(now - before);
      else {
        socket.off("data", onData);
        resolve();
      }
    };
    socket.on("data", onData);
    send(window);
  });
}
