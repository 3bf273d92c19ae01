import { Hono } from "hono";
import { segmentsOf } from "../http/requests.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { permit, type ServiceContext, type ServiceEnv } from "./service-request.ts";

/**
 * Routes of `/messages/serviceBound/feedback`: a service locks the feedback of a message, and completes or abandons it with its
 * lock token.
 *
 * @source IoT Hub service REST, Cloud To Device Messages
 */
export function feedbackRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  const connect = permit(hub, "ServiceConnect");
  const queue = hub.c2d.feedbackQueue;
  const settle =
    (how: (lockToken: string) => boolean) =>
    (context: ServiceContext): Response => {
      const [, , , lockToken = ""] = segmentsOf(context);
      if (how(lockToken)) return context.body(null, 204);
      throw new HubError("DeviceMessageLockLost", "The feedback is no longer locked by this lock token.");
    };
  for (const name of ["serviceBound", "servicebound"]) {
    const path = `/messages/${name}/feedback`;
    app.get(path, connect, (context) => {
      const locked = queue.receive();
      if (locked === undefined) return context.body(null, 204);
      return Response.json([locked.value], {
        headers: {
          "content-type": "application/vnd.microsoft.iothub.feedback.json",
          etag: `"${locked.lockToken}"`,
          "iothub-enqueuedtime": new Date(locked.enqueuedAt).toUTCString(),
        },
      });
    });
    app.delete(
      `${path}/:token`,
      connect,
      settle((lockToken) => queue.complete(lockToken)),
    );
    app.post(
      `${path}/:token/abandon`,
      connect,
      settle((lockToken) => queue.abandon(lockToken)),
    );
  }
  return app;
}
