import { FieldReader, MalformedPacket } from "./field-reader.ts";

/** The last will of a client. */
export interface WillFields {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** A CONNECT of MQTT 3.1.1. */
export interface ConnectPacket {
  readonly clientId: string;
  readonly cleanSession: boolean;
  readonly keepAliveSeconds: number;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly will: WillFields | undefined;
}

/** A CONNECT of another version of MQTT, which is answered with return code 1. */
export interface ForeignConnect {
  readonly protocol: string;
  /** Empty if it can't be read. */
  readonly clientId: string;
}

/** Reads the body of a CONNECT. @throws {MalformedPacket} */
export function readConnect(bytes: Uint8Array, start: number, end: number): ConnectPacket | ForeignConnect {
  const fields = new FieldReader("a CONNECT", bytes, start, end);
  const name = fields.string();
  const level = fields.byte();
  if (name !== "MQTT" || level !== 4) {
    return { protocol: `${name} level ${level}`, clientId: foreignClientId(fields, level) };
  }
  const flags = fields.byte();
  const rule = brokenRule(flags);
  if (rule !== undefined) throw fields.wrong(rule);
  const keepAliveSeconds = fields.uint16();
  const clientId = fields.string();
  const will = (flags & 4) === 0 ? undefined : readWill(fields, flags);
  const username = (flags & 0x80) === 0 ? undefined : fields.string();
  const password = (flags & 0x40) === 0 ? undefined : new Uint8Array(fields.binary());
  // [MQTT-3.1.0-2] and table 3.1 leave no room for anything else.
  if (!fields.isAtEnd) throw fields.wrong("has bytes after its last field");
  return { clientId, cleanSession: (flags & 2) !== 0, keepAliveSeconds, username, password, will };
}

/** @source MQTT 3.1.1, [MQTT-3.1.2-3], [MQTT-3.1.2-11], [MQTT-3.1.2-14], [MQTT-3.1.2-22] */
function brokenRule(flags: number): string | undefined {
  if ((flags & 1) !== 0) return "has its reserved flag set";
  if ((flags & 0x18) === 0x18) return "has a will of QoS 3";
  if ((flags & 4) === 0 && (flags & 0x38) !== 0) return "has flags of a will without a will";
  return (flags & 0xc0) === 0x40 ? "has a password without a user name" : undefined;
}

function readWill(fields: FieldReader, flags: number): WillFields {
  const topic = fields.string();
  const payload = new Uint8Array(fields.binary());
  return { topic, payload, qos: ((flags >> 3) & 3) as 0 | 1 | 2, retain: (flags & 0x20) !== 0 };
}

function foreignClientId(fields: FieldReader, level: number): string {
  try {
    fields.byte();
    fields.uint16();
    if (level === 5) fields.skipProperties();
    return fields.string();
  } catch (error) {
    if (error instanceof MalformedPacket) return "";
    throw error;
  }
}
