import { asError } from "../errors.ts";
import { checkId } from "../setup/device-id.ts";
import { isJsonObject } from "../util/json.ts";
import { Problem } from "./problem.ts";
import type { BrokeredIdentity } from "./sas-signer.ts";

/** The longest body: two ids and the JSON around them. */
const longestBody = 4096;

/**
 * Reads the requested device; empty if the request names none.
 *
 * @throws {Problem} `invalid_request`
 */
export async function readRequestBody(request: Request): Promise<Partial<BrokeredIdentity>> {
  const text = await readText(request);
  if (text.trim() === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalid("The body must be JSON");
  }
  if (!isJsonObject(body)) throw invalid("The body must be a JSON object");
  const { deviceId, moduleId, ...rest } = body;
  const [odd] = Object.keys(rest);
  if (odd !== undefined) throw invalid("The body may only contain 'deviceId' and 'moduleId'");
  if (moduleId !== undefined && deviceId === undefined) throw invalid("'moduleId' needs 'deviceId'");
  try {
    return {
      ...(deviceId === undefined ? {} : { deviceId: checkId("device id", deviceId) }),
      ...(moduleId === undefined ? {} : { moduleId: checkId("module id", moduleId) }),
    };
  } catch (error) {
    throw invalid(asError(error).message);
  }
}

/** Reads a body as a string; stops reading one that is too long. */
async function readText({ body }: Request): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > longestBody) {
      await reader.cancel();
      throw invalid(`The body must be at most ${longestBody} bytes`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

function invalid(detail: string): Problem {
  return new Problem("invalid_request", detail);
}
