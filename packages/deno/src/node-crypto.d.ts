// The part of node:crypto that checks certificates. Node's own types would declare all of Node.
declare module "node:crypto" {
  interface KeyObject {
    export(options: { type: "pkcs8"; format: "pem" }): string;
  }
  function createPrivateKey(options: { key: string; passphrase?: string }): KeyObject;
  class X509Certificate {
    constructor(pem: string);
    readonly subject: string;
    readonly issuer: string;
    readonly validFrom: string;
    readonly validTo: string;
    checkPrivateKey(key: KeyObject): boolean;
  }
}
