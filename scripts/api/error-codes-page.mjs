import { markdownTable } from "../lib/documents/markdown-table.mjs";
import { readBrokerProblems, readHubErrors } from "./error-codes.mjs";

const mostMessages = 6;

/**
 * Renders the page of error codes.
 *
 * @param {import("./error-codes.mjs").ErrorEntry[]} codes
 * @param {import("./links.mjs").Links} links
 */
export function renderErrorCodes(codes, links) {
  const page = { file: "error-codes.md", area: { folder: "client" } };
  const sorted = [...codes].sort((one, other) => (one.code < other.code ? -1 : 1));
  const parts = [
    "# Error codes",
    "Every error has a stable `code`, a `message` for people, and `retryable`: whether the same operation may succeed if you repeat it unchanged. Where a person can act, `remediation` names the first thing to do.",
    "- [Device SDK](#device-sdk): `error.code`\n- [Token broker](#token-broker): `code` in the answer\n- [Emulator](#emulator): `error.name` and `error.errorCode`",
    "## Device SDK",
    markdownTable(
      ["Code", "Meaning", "Retryable"],
      sorted.map(({ code, retryable, meaning }) => [`[\`${code}\`](#${code})`, meaning, retryable]),
    ),
    "*Sometimes* means that it depends on the cause: read `error.retryable`. The client itself retries a lost connection, whatever the code, as long as `error.retryable` is true and `connectionRetry` is on.",
  ];
  for (const { code, meaning, remedy, classes, retryable, messages, remedies } of sorted) {
    parts.push(`### ${code}`, meaning);
    const facts = [
      `- **Class:** ${classes.map((each) => links.code(each, page)).join(", ")}`,
      `- **What to do:** ${remedy}`,
      `- **Retryable:** ${retryable.toLowerCase()}`,
    ];
    if (remedies.length > 0) {
      facts.push(`- **Remediations:**\n${remedies.map((each) => `  - ${plain(each)}`).join("\n")}`);
    }
    if (messages.length > 0) {
      const shown = messages.slice(0, mostMessages).map((each) => `  - \`${each.replaceAll("`", "'")}\``);
      const more = messages.length > mostMessages ? [`  - … and ${messages.length - mostMessages} more`] : [];
      facts.push(`- **Causes, as the message names them:**\n${[...shown, ...more].join("\n")}`);
    }
    parts.push(facts.join("\n"));
  }
  parts.push(
    "## Token broker",
    "The broker answers with `application/problem+json`, whose `code` is one of these. A client reports 401 and 403 as [`token_refused`](#token_refused), and anything else as [`token_provider_failed`](#token_provider_failed).",
    markdownTable(
      ["Code", "Status", "Meaning, and what to do", "Retryable"],
      readBrokerProblems().map(({ code, status, isRetryable, meaning, remedy }) => [
        `\`${code}\``,
        status,
        `${meaning} ${remedy}`,
        isRetryable ? "Yes" : "No",
      ]),
    ),
    "## Emulator",
    `Methods of the emulator throw ${links.code("HubError", page)}, the control client ${links.code("ControlError", page)}, and the emulator's HTTP APIs answer with the same name and number, whose first three digits are the status. Devices get the number as \`errorCode\` of [\`service_error\`](#service_error).`,
    markdownTable(
      ["Name", "Number", "Meaning, and what to do", "Retryable"],
      readHubErrors().map(({ code, number, isRetryable, meaning, remedy }) => [
        `\`${code}\``,
        number,
        `${meaning} ${remedy}`,
        isRetryable ? "Yes" : "No",
      ]),
    ),
    "The control client also uses the name `ConnectionFailed`, with status 0, if there was no answer from a control API: start the emulator, and check the address.",
  );
  return `${parts.join("\n\n")}\n`;
}

const plain = (text) => text.replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;");
