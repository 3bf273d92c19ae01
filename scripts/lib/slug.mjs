/**
 * Returns the anchor of a heading, by GitHub's rule, which the site follows, too.
 *
 * @param {string} heading - as Markdown, without its `#`
 */
export function slugOf(heading) {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<[^>]+>/g, "")
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
    .replaceAll(" ", "-");
}

/** Makes anchors unique within a page: the second `connect` is `connect-1`. @returns {(heading: string) => string} */
export function uniqueSlugs() {
  const seen = new Map();
  return (heading) => {
    const slug = slugOf(heading);
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  };
}
