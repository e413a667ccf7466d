/** null where the text is no JSON: something else than TxTrail has spoken. */
export function parseJson<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    // The caller says what that means.
    return null;
  }
}
