import { posix } from "node:path";
import { addressOf, repository } from "./addresses.mjs";

/**
 * Rewrites the relative links of a README for readers outside the repository: to the file's public address, or to plain text while
 * the repository has none. Code blocks, links within the page and absolute links stay.
 *
 * @param {string} text
 * @param {string} folder - of the README, from the root
 * @param {string} [address] - of the repository
 */
export function publishedReadme(text, folder, address = repository) {
  const [prose, code] = [/(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g, /(^```[\s\S]*?^```$)/m];
  const rewrite = (link, bang, label, target) => {
    if (/^(#|[a-z][a-z+.-]*:)/i.test(target)) return link;
    const [path, anchor] = target.split("#");
    const absolute = addressOf(posix.join(folder, path), address);
    if (absolute === undefined) return bang === "" ? label : "";
    const suffix = anchor === undefined ? "" : `#${anchor}`;
    return `${bang}[${label}](${absolute}${suffix}${bang === "" ? "" : "?raw=true"})`;
  };
  return text
    .split(code)
    .map((part) => (part.startsWith("```") ? part : part.replace(prose, rewrite)))
    .join("");
}
