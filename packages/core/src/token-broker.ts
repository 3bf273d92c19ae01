/** A token broker for a server: keys stay there, and pages get short-lived SAS tokens for the devices their users may be. */
export type { AllowedIdentities, TokenBrokerOptions } from "./broker/broker-options.ts";
export type { User, VerificationKey } from "./broker/jwt-verifier.ts";
export type { ProblemCode } from "./broker/problem.ts";
export type { RateLimit } from "./broker/rate-limit.ts";
export type { BrokeredIdentity } from "./broker/sas-signer.ts";
export { createTokenBroker, type TokenBroker } from "./broker/token-broker.ts";
