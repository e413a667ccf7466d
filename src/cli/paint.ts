const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2 } as const;

export type Paint = keyof typeof codes;

/** Colour only ever repeats what the words say. */
export function painted(text: string, colour: Paint, hasColour: boolean): string {
  return hasColour ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}
