import { Hono } from "hono";
import { segmentsOf } from "../http/requests.ts";
import type { NotificationQueue } from "../hub/deliveries/notification-queue.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { permit, type ServiceContext, type ServiceEnv } from "./service-request.ts";

/**
 * Routes of `/messages/serviceBound/feedback` and `/messages/serviceBound/filenotifications`: a service locks a
 * notification, and completes or abandons it with its lock token.
 *
 * @source IoT Hub service REST, Cloud To Device Messages
 */
export function notificationRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  for (const bound of ["serviceBound", "servicebound"]) {
    const path = `/messages/${bound}`;
    addQueue(app, hub, `${path}/feedback`, {
      queue: hub.c2d.feedbackQueue,
      type: "application/vnd.microsoft.iothub.feedback.json",
      bodyOf: (feedback) => [feedback],
    });
    for (const files of ["filenotifications", "fileNotifications"]) {
      addQueue(app, hub, `${path}/${files}`, {
        queue: hub.uploads.notificationQueue,
        type: "application/vnd.microsoft.iothub.filenotification.json",
        bodyOf: (file) => file,
      });
    }
  }
  return app;
}

interface QueueRoute<Value> {
  readonly queue: NotificationQueue<Value>;
  readonly type: string;
  bodyOf(value: Value): unknown;
}

function addQueue<Value>(
  app: Hono<ServiceEnv>,
  hub: Hub,
  path: string,
  { queue, type, bodyOf }: QueueRoute<Value>,
): void {
  const connect = permit(hub, "ServiceConnect");
  const settle =
    (how: (lockToken: string) => boolean) =>
    (context: ServiceContext): Response => {
      const [, , , lockToken = ""] = segmentsOf(context);
      if (how(lockToken)) return context.body(null, 204);
      throw new HubError("DeviceMessageLockLost", "The notification is no longer locked by this lock token.");
    };
  app.get(path, connect, (context) => {
    const locked = queue.receive();
    if (locked === undefined) return context.body(null, 204);
    return Response.json(bodyOf(locked.value), {
      headers: {
        "content-type": type,
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
