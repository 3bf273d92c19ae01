import { jsonFields } from "../schema/binary.ts";
import { type Field, type Fields, objectOf, type Schema, text } from "../schema/schema.ts";
import { parametersOf } from "../schema/signature.ts";
import { eventHubComponents } from "./components/event-hubs.ts";
import { event } from "./components/events.ts";
import { hubComponents } from "./components/hubs.ts";
import { identityComponents } from "./components/identities.ts";
import { joiningComponents } from "./components/joining.ts";
import { messageComponents } from "./components/messages.ts";
import { provisioningComponents } from "./components/provisioning.ts";
import { type Operation, pathsOf } from "./operation.ts";
import { faultOperations, operations } from "./operations.ts";

const components: Readonly<Record<string, Field>> = {
  ...hubComponents,
  ...joiningComponents,
  ...eventHubComponents,
  ...identityComponents,
  ...messageComponents,
  ...provisioningComponents,
  Event: event,
};

/** Describes the control API in OpenAPI 3.1. @param url - of the control API */
export function openApiDocument(url: string): object {
  const paths: Record<string, Record<string, object>> = {};
  const add = (id: string, operation: Operation): void => {
    for (const path of pathsOf(operation)) {
      const name =
        path.includes("{moduleId}") && operation.path.includes("{identity}") ? `${id}OfModule` : id;
      const key = path.replace("{+", "{") || "/";
      paths[key] = { ...paths[key], [operation.method.toLowerCase()]: describe(name, operation, key) };
    }
  };
  for (const [name, operation] of Object.entries(operations)) add(name, operation);
  for (const [name, operation] of Object.entries(faultOperations)) add(`faults.${name}`, operation);
  return {
    openapi: "3.1.1",
    info: { title: "Control API of the isohub emulator", version: "1" },
    servers: [{ url }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(components).map(([name, { schema }]) => [name, schema])),
    },
  };
}

function describe(operationId: string, operation: Operation, path: string): object {
  const { method, summary, status = 200, answer, answerIn, mediaType = "application/json" } = operation;
  const fields = wireFields(operation, path);
  const isInPath = ([name]: [string, Field]): boolean => path.includes(`{${name}}`);
  const others = Object.entries(fields).filter((entry) => !isInPath(entry));
  const hasBody = method === "POST" || method === "PATCH";
  const result = answer === undefined || answerIn === undefined ? answer : objectOf({ [answerIn]: answer });
  return {
    operationId,
    summary,
    tags: [path.split("/")[1] || "hub"],
    parameters: [
      ...Object.entries(fields).filter(isInPath).map(parameter("path")),
      ...(hasBody ? [] : others.map(parameter("query"))),
    ],
    ...(hasBody && others.length > 0 ? { requestBody: requestBody(Object.fromEntries(others)) } : {}),
    responses: {
      ...(result === undefined
        ? { 204: { description: "Done" } }
        : { [status]: { description: "The result", content: { [mediaType]: { schema: result.schema } } } }),
      default: {
        description: "An error",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

/** Returns the parameters as a request has them: `identity` as `deviceId` and, where it applies, `moduleId`. */
function wireFields(operation: Operation, path: string): Fields {
  const { identity, ...others } = jsonFields(parametersOf(operation));
  if (identity === undefined) return others;
  const isInPath = operation.path.includes("{identity}");
  const hasModule = !isInPath || path.includes("{moduleId}");
  const deviceId = { ...text(), isOptional: identity.isOptional };
  return { deviceId, ...(hasModule ? { moduleId: { ...text(), isOptional: !isInPath } } : {}), ...others };
}

function parameter(place: "path" | "query"): (entry: [string, Field]) => object {
  return ([name, { schema, isOptional }]) => ({ name, in: place, required: !isOptional, schema });
}

function requestBody(fields: Fields): object {
  const { schema }: { schema: Schema } = objectOf(fields);
  return { required: schema.required !== undefined, content: { "application/json": { schema } } };
}
