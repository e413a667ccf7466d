/**
 * A call as a line for any POSIX shell. The key is never in it: it is read from `KEY`, so that a
 * line that is pasted into a chat gives nothing away.
 * @param base the server's URL without a slash at its end
 */
export function curlText(base: string, path: string, body?: unknown): string {
  const url = quoted(`${base}${path}`);
  const authorization = '-H "authorization: Bearer $KEY"';
  if (body === undefined) return `curl -s ${url} ${authorization}`;
  return `curl -s ${url} ${authorization} -H 'content-type: application/json' -d ${quoted(JSON.stringify(body))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
