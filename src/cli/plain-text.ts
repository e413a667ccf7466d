/** Control and format characters, which a terminal obeys or hides text behind. */
const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text from outside, safe to show on a terminal: what it would obey becomes visible. */
export function plainText(text: string): string {
  return text.replace(obeyed, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/**
 * JSON in one line. For a terminal the characters that it would obey are written as JSON escapes:
 * the same value in other bytes. For a file or a pipe the bytes are those that were sent.
 */
export function jsonLine(value: unknown, isForTerminal: boolean): string {
  const text = JSON.stringify(value);
  if (!isForTerminal) return `${text}\n`;
  const escaped = text.replace(obeyed, (character) =>
    Array.from({ length: character.length }, (_, index) => escapeOf(character.charCodeAt(index))).join(''),
  );
  return `${escaped}\n`;
}

function escapeOf(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
