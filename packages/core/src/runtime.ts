/** For runtime packages: everything that binds core's clients to a runtime and an MQTT engine. Not covered by semver. */
export {
  type CertificateAccess,
  type CertificateCrypto,
  type CheckedCertificate,
  checkClientCertificate,
  type PrivateKey,
} from "./auth/client-certificate.ts";
export { type CreateHmac, type CryptoProvider, hmacCrypto, webCrypto } from "./auth/crypto.ts";
export type { ClientCertificate } from "./auth/x509.ts";
export { asError } from "./errors.ts";
export * from "./mqtt/engine.ts";
export { encodePublish } from "./mqtt/publish-packet.ts";
export { createFileStorage, type TextFiles } from "./provisioning/file-storage.ts";
export { createReceivers } from "./receiving/receivers.ts";
export { AutoTransport, withAutoTransport } from "./runtime/auto-transport.ts";
export {
  type ConnectFailure,
  connectFailed,
  type FailedPeer,
  unansweredAdvice,
  upgradeAdvice,
} from "./runtime/connect-failure.ts";
export { fileMissing, packageMissing } from "./runtime/package-missing.ts";
export { aheadOf } from "./runtime/peer-clock.ts";
export { printUnhandled } from "./runtime/print-unhandled.ts";
export { Refusal, RefusalReader } from "./runtime/refusal.ts";
export { ResponseBody } from "./runtime/response-body.ts";
export * from "./runtime/runtime.ts";
export { version } from "./runtime/version.ts";
export type { Platform } from "./setup/platform.ts";
export { readTransitOptions } from "./setup/transit-options.ts";
export { decodeBase64, encodeBase64 } from "./util/base64.ts";
export { type Clock, longestTimerMs, setTimer, setTimerAt, type Timer } from "./util/clock.ts";
export { isLoopback } from "./util/loopback.ts";
export { peerText } from "./util/peer-text.ts";
export { retryAfterMs } from "./util/retry-after.ts";
export { fromUtf8, utf8 } from "./util/text.ts";
export { within } from "./util/within.ts";
export { WriteCoalescer } from "./util/write-coalescer.ts";
