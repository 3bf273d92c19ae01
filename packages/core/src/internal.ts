/** Shared with the emulator: encodings, SAS tokens and twin documents. Not covered by semver. */
export { type CreateHmac, type CryptoProvider, hmacCrypto, hmacSha256, webCrypto } from "./auth/crypto.ts";
export { deriveKeyWith } from "./auth/derive-device-key.ts";
export { parseSasToken, type SasToken, signSasToken, symmetricKeySigner } from "./auth/sas-token.ts";
export { decodeSymmetricKey } from "./auth/symmetric-key.ts";
export { asError, shown } from "./errors.ts";
export { type MessageField, type MessageFieldName, messageFields } from "./messages/message-fields.ts";
export { decodePropertyBag, encodePropertyBag, readPropertyBag } from "./messages/property-bag.ts";
export { encodePublish } from "./mqtt/publish-packet.ts";
export {
  ClientPacketParser,
  type ClientPacketSink,
  type ClientPublish,
  type RequestedFilter,
} from "./mqtt/server/client-packet-parser.ts";
export type { ConnectPacket, ForeignConnect, WillFields } from "./mqtt/server/connect-packet.ts";
export {
  encodeConnack,
  encodePingresp,
  encodeSuback,
  encodeUnsuback,
} from "./mqtt/server/server-packets.ts";
export { applyPatch, diffDocuments } from "./twin/twin-patch.ts";
export { type Backoff, backoffMs } from "./util/backoff.ts";
export { decodeBase64, encodeBase64 } from "./util/base64.ts";
export { type Clock, longestTimerMs, setTimer, setTimerAt, type Timer } from "./util/clock.ts";
export { isJsonObject, parseJson } from "./util/json.ts";
export { parseJsonDocument } from "./util/json-document.ts";
export { decodePercent, encodePercent } from "./util/percent.ts";
export { fromUtf8, utf8, utf8Length } from "./util/text.ts";
