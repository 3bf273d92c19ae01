import MagicString from "magic-string";

/**
 * Properties that only this code uses, the most used first. None is part of a public declaration or of the engine interface, of
 * the platform, or of a JSON document, and none is computed from a string. The list holds the names whose length matters in the
 * small bundles. It needn't be complete. Tests and the build check what can be checked.
 */
export const internalNames = `
  phase clock runtime settled channels dialect config identity failures locator bag isBusy ensureOpen onDisconnected settle until onFailed due
  onBackgroundError onMalformed established onConnected withDeadline deadline operation iterate unackedSince hasConsumers receiveCalls
  hmacSha256 monotonic isHidden renewAt isAsked onLost attach pump dropMethodsIfUnwanted setHandler lockIdentity useHandlers
  shortLived isStopped pageClock pingresp pingedAt connack traffic inbound puback suback sentAt want listen handle
  onEnvironmentChange onVisibilityChange encodeTwinRequest checkTwinResponse createWorkerTimer encodeResponse connectFields
  onTokenNeeded onStateChange encodeMessage patchReported closedByPeer stopDraining subscription readReported
  usesHandlers spreadFirst topicFilter readInbound readMessage hasHandlers setInterest onPingresp intervalMs onAccepted onResponse
  forgetMethodRequests onConnack lastOutAt startOver retryInMs readyLink readPatch rejectAll unsuback onAnswer lastInAt filterOf
  readCall readTwin openedAt failAll handled hasOpen onPatch growth isFull batch ids locate readTransit ignored jsonDefault effects userAgent
  onMoved forget channel detach overtakenSince onStep receivers methodHandlers loadReceivers taken handlers onDrain onClose onData stepTimeoutMs reportUnhandled
  onListenerFailure onInterest endHooks`
  .trim()
  .split(/\s+/);

const letters = "etnsiraoclduhpmgfkybvwxjqz";

/** The short form of each internal name. */
export const shortNames = new Map(
  internalNames.map((name, index) => {
    const round = Math.floor(index / letters.length);
    return [name, letters[index % letters.length] + (round === 0 ? "" : round)];
  }),
);

/**
 * Creates a Rollup plugin that shortens the internal names. Minifiers leave properties alone, because they can't know which of
 * them others use.
 */
export function shortInternalNames() {
  return {
    name: "short-internal-names",
    transform(code, id) {
      // npm packages have their own names.
      if (id.includes("/node_modules/")) return null;
      const changed = new MagicString(code);
      for (const { key, isShorthand } of propertiesIn(this.parse(code), id)) {
        const short = shortNames.get(key.name);
        if (short === undefined) continue;
        if (isShorthand) changed.appendLeft(key.start, `${short}: `);
        else changed.update(key.start, key.end, short);
      }
      return changed.hasChanged()
        ? { code: changed.toString(), map: changed.generateMap({ hires: true }) }
        : null;
    },
  };
}

const shortForms = new Set(shortNames.values());

/** Yields the keys of properties in code: where they are defined, read and destructured. */
function* propertiesIn(node, id) {
  if (Array.isArray(node)) {
    for (const each of node) yield* propertiesIn(each, id);
    return;
  }
  if (typeof node?.type !== "string") return;
  if (node.type === "Literal" && shortNames.has(node.value))
    throw new Error(`${id}: an internal name must not be a string, got '${node.value}'`);
  const key = node.type === "MemberExpression" ? node.property : node.key;
  if (key?.type === "Identifier" && !node.computed) {
    if (shortForms.has(key.name))
      throw new Error(`${id}: a short form must not be a name, got '${key.name}'`);
    yield { key, isShorthand: node.shorthand === true };
  }
  for (const value of Object.values(node)) if (typeof value === "object") yield* propertiesIn(value, id);
}
