/**
 * The vocabulary of the prose check: one entry for each phrase that the project doesn't use.
 *
 * @typedef {object} Phrase
 * @property {RegExp} pattern - matched case-insensitively; a space matches any white space, line breaks included
 * @property {string} instead - what to write
 */

/** @type {Phrase[]} */
export const phrases = [
  // Verbs of reporting.
  {
    pattern: /\b(?:tells?|told|telling)\b/,
    instead: "notify, report, log, emit, return, or name what is passed",
  },
  { pattern: /\b(?:says|said)\b/, instead: "reports, returns, states, according to" },
  { pattern: /\bnews\b/, instead: "event, update, report" },
  { pattern: /\b(?:hears?|learns?|learnt|learned) of\b/, instead: "is notified of, receives, detects" },

  // Words.
  { pattern: /\b(?:a|one|this|each|any|another|empty|as one|as a) texts?\b/, instead: "string" },
  {
    pattern: /\bthe text\b(?! (?:nodes?|field|area|content|file))/,
    instead: "the string, the message, the source",
  },
  { pattern: /\btexts\b/, instead: "strings, messages" },
  { pattern: /\bwhole numbers?\b/, instead: "integer" },
  {
    pattern:
      /\b(?:a|each|every|first|second|last|next|one|another|the|this|per|no|older|new) try\b(?! block)/,
    instead: "attempt",
  },
  { pattern: /\b(?:of|more|many|few|all|two|three|between|other|later) tries\b/, instead: "attempts" },
  { pattern: /\b(?:made|makes?|making) again\b/, instead: "reconnect, retry, recreate" },
  {
    pattern: /\bstop(?:s|ped)? to (?:read|write|send|receive|wait|listen|retry|connect)\b/,
    instead: "stops reading",
  },
  { pattern: /\bworth to\b/, instead: "worth …ing" },
  { pattern: /\basks? again\b|\basked again\b/, instead: "polls, requests again, retries" },
  { pattern: /\bin (?:place of|(?:its|their|his) place)\b/, instead: "instead of, instead" },
  { pattern: /\bbeside\b/, instead: "alongside, next to, besides" },
  { pattern: /\bfor ever\b/, instead: "indefinitely, forever" },
  { pattern: /\bof (?:its|their|our|your|his|my) own\b/, instead: "its own …, a separate …" },
  { pattern: /\b(?:goes|go|going|went|gone) away\b/, instead: "closes, ends, disconnects" },
  { pattern: /\bdealt with\b/, instead: "handled" },
  { pattern: /\bwithout a word\b/, instead: "silently, without notifying …" },
  { pattern: /\bso many\b/, instead: "up to N, that many" },
  { pattern: /\bthings? that (?:is|are) for\b/, instead: "what … uses" },
  { pattern: /\b(?:by|for|to|of) nobody\b|\bnobody\b/, instead: "no one; better, negate the verb" },
  { pattern: /\bsurroundings\b/, instead: "environment" },
  { pattern: /\bsabotag\w*/, instead: "mutation" },
  { pattern: /\b(?:spelled|spelt|written) otherwise\b/, instead: "spelled differently" },
  { pattern: /\binstalled along\b(?! with)/, instead: "installed with it" },
  { pattern: /\b(?:made|comes|come) in series\b/, instead: "mass-produced" },
  { pattern: /\bknows? nothing of\b/, instead: "doesn't know, doesn't depend on" },
  { pattern: /\bof (?:ours|theirs|yours)\b/, instead: "our …, their …, your …" },

  // Negation: of the verb, not of the noun.
  {
    pattern:
      /(?<!\b(?:there|here|that|which) )\b(?:is|are) no (?!longer\b|more\b|less\b|fewer\b|different\b|better\b|worse\b|one\b|later\b|earlier\b|way\b|need\b)[\w`'"]+/,
    instead: "isn't a …, isn't valid …",
  },
  { pattern: /(?<!\bthere )\b(?:is|are) none\b(?! of)/, instead: "isn't a …, isn't valid" },
  { pattern: /\bthere (?:is|are) (?:\d+|…|n) of\b/, instead: "provide exactly one of …; got …" },

  // The form of a message.
  { pattern: /\b(?:it|they|which|this|that) must be\b/, instead: "`X must be Y, got Z`" },
];

/** Openings of a doc comment's summary: it starts with a noun phrase or a third-person verb. @type {Phrase[]} */
export const openings = [
  {
    pattern: /^(?:what|whatever|who|whoever|whose|whom|where|wherever|when|whenever|which|how)\b/,
    instead: "a noun phrase or a third-person verb",
  },
  { pattern: /^(?:so|to be|that)\b/, instead: "a noun phrase or a third-person verb" },
];

/** Openings of a heading: it names the task or the thing. @type {Phrase[]} */
export const headings = [{ pattern: /^(?:what|who)\b(?! (?:is|are)\b)/, instead: "name the task" }];

/** Words of others, quoted as they are. @type {RegExp[]} */
export const quotations = [];
