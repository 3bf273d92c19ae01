import type { FeedbackRecord } from "../hub/c2d.ts";
import type { FileNotification } from "../hub/uploads.ts";
import type { AmqpNode } from "./address.ts";
import type { AmqpContext } from "./amqp-context.ts";
import { amqpErrorOf, unauthorized } from "./amqp-error.ts";
import { readC2d } from "./c2d-messages.ts";
import type { Claims } from "./claims.ts";
import type { LinkHandler, LinkOutcome } from "./link-handler.ts";
import { type NotificationForm, NotificationLink } from "./notification-link.ts";
import type { AmqpError, Receiver, Sender } from "./rhea.ts";

/** A connection's context, and what its tokens grant. */
export interface ServiceContext extends AmqpContext {
  readonly claims: Claims;
}

const feedback: NotificationForm<FeedbackRecord> = {
  contentType: "application/vnd.microsoft.iothub.feedback.json",
  body: (record) => [record],
};

const fileNotifications: NotificationForm<FileNotification> = {
  contentType: "application/vnd.microsoft.iothub.filenotification.json",
  body: (file) => file,
};

/**
 * Opens a link of a service.
 *
 * @source IoT Hub documentation, "Communicate with your IoT hub by using the AMQP Protocol", service client
 */
export function openServiceNode(
  node: AmqpNode,
  link: Sender | Receiver,
  context: ServiceContext,
): LinkOutcome {
  const { hub, claims } = context;
  if (!claims.grants("ServiceConnect")) {
    return unauthorized("Unauthorized: the link needs a token of a policy with ServiceConnect.");
  }
  if (node.kind === "c2d") {
    return link.is_receiver() ? c2dSender(context) : wrongDirection("sent to");
  }
  if (node.kind === "redirect") return redirect(context);
  if (!link.is_sender()) return wrongDirection("received from");
  const sender = link as Sender;
  if (node.kind === "feedback") return new NotificationLink(sender, hub.c2d.feedbackQueue, feedback);
  if (node.kind === "fileNotifications") {
    return new NotificationLink(sender, hub.uploads.notificationQueue, fileNotifications);
  }
  return { condition: "amqp:not-implemented", description: "Event hubs aren't emulated." };
}

function c2dSender({ hub, claims }: ServiceContext): LinkHandler {
  return {
    onMessage: (message, delivery) => {
      try {
        if (!claims.grants("ServiceConnect")) {
          delivery.reject(unauthorized("The SAS token has expired."));
          return;
        }
        const { deviceId, body, options } = readC2d(message);
        hub.c2d.send(deviceId, body, options);
        delivery.accept();
      } catch (error) {
        delivery.reject(amqpErrorOf(error));
      }
    },
    onClose: () => {},
  };
}

function redirect({ eventHub, endpoint }: ServiceContext): AmqpError {
  const { hostName, port } = endpoint();
  return {
    condition: "amqp:link:redirect",
    description: "The events of the hub are at its event hub.",
    info: {
      hostname: hostName,
      "network-host": hostName,
      port,
      address: `amqps://${hostName}:${port}/${eventHub}/`,
    },
  };
}

function wrongDirection(rule: string): AmqpError {
  return { condition: "amqp:not-allowed", description: `Messages can only be ${rule} this address.` };
}
