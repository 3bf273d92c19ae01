/**
 * Escapes control characters, line separators and marks of direction as `\u001b`, so that data from a device can neither
 * forge lines of a log nor control the terminal. The result of `JSON.stringify` stays valid JSON.
 */
export function escapeControls(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is for control characters
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
