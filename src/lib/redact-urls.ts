/** Keeps scheme and host of every URL in a text: user, password, path and query may hold keys. */
export function redactUrls(given: string): string {
  // A password may hold what ends an address in a list or in quotes.
  return given.replace(
    /([a-z][a-z0-9+.-]*:\/\/)((?:[^\s/"<>]*@)?[^\s,"'<>]*)/gi,
    (_whole, scheme: string, rest: string) => {
      const authority = rest.split(/[/?#]/, 1)[0] ?? '';
      const host = authority.slice(authority.lastIndexOf('@') + 1);
      // A password with a slash in it, say: then what looks like the host is none.
      if (!/^(\[[0-9a-f:.]*\]|[^:]*)(:\d*)?$/i.test(host)) return `${scheme}…`;
      return rest.length > host.length ? `${scheme}${host}/…` : `${scheme}${host}`;
    },
  );
}
