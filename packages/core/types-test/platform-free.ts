// Platform APIs that core must not use. Each line must be an error under core's compiler settings; a line that isn't fails here.

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
