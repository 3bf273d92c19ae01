const encode = (text) => Buffer.from(text);

/** Encodes a PUBLISH of the hub. @param {string} topic @param {Buffer} payload @param {number} packetId 0 for QoS 0 */
export function publish(topic, payload, packetId = 0) {
  const name = encode(topic);
  const remaining = 2 + name.length + (packetId > 0 ? 2 : 0) + payload.length;
  const head = [packetId > 0 ? 0x32 : 0x30];
  for (let rest = remaining; ; rest >>= 7) {
    head.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    if (rest <= 0x7f) break;
  }
  return Buffer.concat([
    Buffer.from([...head, name.length >> 8, name.length & 0xff]),
    name,
    Buffer.from(packetId > 0 ? [packetId >> 8, packetId & 0xff] : []),
    payload,
  ]);
}

/** Encodes the PUBACK packets of many messages. @param {number[]} ids */
export function pubacks(ids) {
  const acks = Buffer.allocUnsafe(ids.length * 4);
  let at = 0;
  for (const id of ids) {
    acks[at++] = 0x40;
    acks[at++] = 2;
    acks[at++] = id >> 8;
    acks[at++] = id & 0xff;
  }
  return acks;
}

/** Encodes a SUBACK that grants every filter of a SUBSCRIBE the requested QoS. @param {number[]} body */
export function suback(body) {
  const grants = [];
  let at = 2;
  while (at < body.length) {
    at += 2 + ((body[at] << 8) | body[at + 1]);
    grants.push(body[at++]);
  }
  return Buffer.from([0x90, 2 + grants.length, body[0], body[1], ...grants]);
}

/** Reads the filters of a SUBSCRIBE. @param {number[]} body @returns {string[]} */
export function filtersOf(body) {
  const filters = [];
  let at = 2;
  while (at < body.length) {
    const end = at + 2 + ((body[at] << 8) | body[at + 1]);
    filters.push(String.fromCharCode(...body.slice(at + 2, end)));
    at = end + 1;
  }
  return filters;
}
