import type { FeedbackRecord } from "../../hub/deliveries/c2d.ts";
import { HubError } from "../../hub/hub-error.ts";
import type { EventHub } from "../../hub/telemetry/event-hub.ts";
import type { FileNotification } from "../../hub/uploads.ts";
import type { AmqpNode } from "../address.ts";
import type { ServiceContext } from "../amqp-context.ts";
import { amqpErrorOf, notFound, unauthorized } from "../amqp-error.ts";
import { propertiesOf } from "../message-fields.ts";
import type { LinkHandler, LinkOutcome } from "../rhea/link-handler.ts";
import type { AmqpError, Message, Receiver, Sender } from "../rhea/rhea.ts";
import { openPartition } from "./event-nodes.ts";
import { managementReply } from "./management.ts";
import { type NotificationForm, NotificationLink } from "./notification-link.ts";
import { readC2d } from "./sent-c2d.ts";

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
  const fault = node.kind === "management" ? undefined : context.onService();
  if (fault !== undefined) return amqpErrorOf(fault.error);
  // The tokens of event hubs are limited to a path. One for `messages/events` is of a client that reads an event hub of this
  // name, as old connection strings have it; a service is redirected.
  const events = node.kind === "redirect" && claims.isFor(["messages", "events"]) ? node.events : node;
  if (events?.kind === "events") {
    return link.is_sender()
      ? openPartition(events, link as Sender, context)
      : wrongDirection("received from");
  }
  if (node.kind === "management") return management(link, context);
  if (!claims.grants("ServiceConnect")) {
    return unauthorized("Unauthorized: the link needs a token of a policy with ServiceConnect.");
  }
  if (hub.throttles.isBasic && (node.kind === "c2d" || node.kind === "feedback")) {
    return amqpErrorOf(
      new HubError("OperationNotAvailableInCurrentTier", "The link needs a standard tier of the hub."),
    );
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
  return notFound("There is nothing at this address.");
}

function management(link: Sender | Receiver, context: ServiceContext): LinkOutcome {
  // Java's client attaches these links before it presents a token.
  if (link.is_sender()) return context.replies.open(link as Sender);
  return {
    onMessage: (message, delivery) => {
      delivery.accept();
      void answer(message, context);
    },
    onClose: () => {},
  };
}

async function answer(message: Message, { hub, claims, replies }: ServiceContext): Promise<void> {
  const token = propertiesOf(message)["security_token"];
  const claim = typeof token === "string" ? await hub.claimOf(token) : undefined;
  if (typeof claim === "object") claims.add(claim);
  const find = (name: string): EventHub | undefined =>
    claims.grantsBelow("ServiceConnect", name) ? hub.eventHubs.find(name) : undefined;
  const unauthorizedReply = { status: 401, description: "Unauthorized: the request needs a token." };
  replies.reply(message, claims.isEmpty ? unauthorizedReply : managementReply(message, find));
}

function c2dSender({ hub, claims, onService }: ServiceContext): LinkHandler {
  return {
    onMessage: (message, delivery) => {
      try {
        if (!claims.grants("ServiceConnect")) {
          delivery.reject(unauthorized("The SAS token has expired."));
          return;
        }
        const fault = onService();
        if (fault !== undefined) throw fault.error;
        const { deviceId, body, options } = readC2d(message);
        hub.throttles.countService("c2d");
        hub.c2d.send(deviceId, body, options);
        delivery.accept();
      } catch (error) {
        delivery.reject(amqpErrorOf(error));
      }
    },
    onClose: () => {},
  };
}

function redirect({ hub, endpoint }: ServiceContext): AmqpError {
  const { hostName, port } = endpoint();
  return {
    condition: "amqp:link:redirect",
    description: "The events of the hub are at its event hub.",
    info: {
      hostname: hostName,
      "network-host": hostName,
      port,
      address: `amqps://${hostName}:${port}/${hub.eventHubs.builtIn.name}/`,
    },
  };
}

function wrongDirection(rule: string): AmqpError {
  return { condition: "amqp:not-allowed", description: `Messages can only be ${rule} this address.` };
}
