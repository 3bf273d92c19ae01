import { readFileSync } from "node:fs";

/** Reads a file of testdata/certificates. */
export function certificateFile(name: string): Buffer {
  return readFileSync(new URL(`../testdata/certificates/${name}`, import.meta.url));
}

/** A certificate that is trusted nowhere, as PEM. */
export const certificate: string = certificateFile("ca.pem").toString();
