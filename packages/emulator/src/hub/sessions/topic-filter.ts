/** A set of topics below a common beginning, in levels of a topic filter: `+` stands for one level, `#` for the rest. */
export interface TopicSpace<Kind> {
  /** Every topic begins with it and a slash. It isn't matched by wildcards: an id may contain their characters. */
  readonly root: string;
  /** The topics of each kind, below the root. */
  readonly kinds: readonly (readonly [kind: Kind, levels: readonly string[]])[];
}

/** A topic filter that matches topics of one space only. */
export interface TopicFilter<Kind> {
  readonly filter: string;
  /** The kinds of which it matches topics. */
  readonly kinds: readonly Kind[];
  /** Whether it matches a topic of this kind. */
  matches(kind: Kind, topic: string): boolean;
}

/**
 * Parses a topic filter. Returns `undefined` unless it matches topics of a kind in one of the spaces, and no topics
 * outside that space.
 *
 * @source MQTT 3.1.1, 4.7
 */
export function parseTopicFilter<Kind>(
  filter: string,
  spaces: readonly TopicSpace<Kind>[],
): TopicFilter<Kind> | undefined {
  for (const { root, kinds } of spaces) {
    if (!filter.startsWith(`${root}/`)) continue;
    const levels = filter.slice(root.length + 1).split("/");
    if (!isValid(levels)) return undefined;
    const matched = kinds.filter(([, topics]) => intersect(levels, topics)).map(([kind]) => kind);
    if (matched.length === 0) return undefined;
    const whole = kinds.filter(([, topics]) => matchLevels(levels, topics)).map(([kind]) => kind);
    return {
      filter,
      kinds: matched,
      // Most filters match all topics of their kinds.
      matches: (kind, topic) =>
        whole.includes(kind) ||
        (matched.includes(kind) && matchLevels(levels, topic.slice(root.length + 1).split("/"))),
    };
  }
  return undefined;
}

/** @source MQTT 3.1.1, [MQTT-4.7.1-2], [MQTT-4.7.1-3] */
function isValid(levels: readonly string[]): boolean {
  return levels.every((level, at) => {
    if (level === "#") return at === levels.length - 1;
    return level === "+" || !/[#+]/.test(level);
  });
}

/** Whether a filter matches a topic, or every topic of a set. */
function matchLevels(filter: readonly string[], topic: readonly string[]): boolean {
  for (const [at, level] of filter.entries()) {
    if (level === "#") return true;
    const wanted = topic[at];
    if (wanted === undefined || wanted === "#") return false;
    if (level !== "+" && level !== wanted) return false;
  }
  return filter.length === topic.length;
}

/** Whether there may be a topic that both match. */
function intersect(one: readonly string[], other: readonly string[]): boolean {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [a, b] = [one[at], other[at]];
    if (a === "#" || b === "#") return true;
    if (a === undefined || b === undefined) return false;
    if (a !== b && a !== "+" && b !== "+") return false;
  }
  return true;
}
