/** The bytes of a CONNACK. @source MQTT 3.1.1, 3.2 */
export function encodeConnack(sessionPresent: boolean, returnCode: number): Uint8Array {
  return Uint8Array.of(0x20, 2, sessionPresent ? 1 : 0, returnCode);
}

/** The bytes of a SUBACK. @param granted - the QoS of each filter, or 0x80 for a failure. @source MQTT 3.1.1, 3.9 */
export function encodeSuback(packetId: number, granted: readonly number[]): Uint8Array {
  const body = [packetId >> 8, packetId & 0xff, ...granted];
  return Uint8Array.of(0x90, ...remainingLength(body.length), ...body);
}

/** The bytes of an UNSUBACK. @source MQTT 3.1.1, 3.11 */
export function encodeUnsuback(packetId: number): Uint8Array {
  return Uint8Array.of(0xb0, 2, packetId >> 8, packetId & 0xff);
}

/** The bytes of a PUBACK. @source MQTT 3.1.1, 3.4 */
export function encodePuback(packetId: number): Uint8Array {
  return Uint8Array.of(0x40, 2, packetId >> 8, packetId & 0xff);
}

/** The bytes of a PINGRESP. @source MQTT 3.1.1, 3.13 */
export function encodePingresp(): Uint8Array {
  return Uint8Array.of(0xd0, 0);
}

/** @source MQTT 3.1.1, 2.2.3 */
function remainingLength(length: number): number[] {
  const bytes: number[] = [];
  let remaining = length;
  do {
    bytes.push((remaining & 0x7f) | (remaining > 0x7f ? 0x80 : 0));
    remaining >>= 7;
  } while (remaining > 0);
  return bytes;
}
