// What core must not know. Each line has to be an error under core's own compiler settings; one that is not fails here.

// @ts-expect-error Node's
export const bytes = Buffer.from("x");
// @ts-expect-error Node's
export const environment = process.env;
// @ts-expect-error a page's
export const page = document.title;
// @ts-expect-error a page's
export const frame = window.location;
// @ts-expect-error Node's
export { readFile } from "node:fs";
// @ts-expect-error Deno's
export const permissions = Deno.permissions;
