import type { IncomingHttpHeaders } from 'node:http';

const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether a request can only come from a page that this process served to this machine, or from a
 * program on it. The name in `Host` is looked at because a page elsewhere can point a name of its
 * own to this machine (DNS rebinding), the peer's address because `Host` is anybody's to choose, and
 * what a browser says of the page that asks because any page can send requests to this machine.
 */
export function isOwnPage(headers: IncomingHttpHeaders, peer: string): boolean {
  const { host = '', origin } = headers;
  const site = headers['sec-fetch-site'];
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return (
    isLoopback(peer) &&
    loopbackNames.includes(name) &&
    (origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`) &&
    (site === undefined || site === 'same-origin' || site === 'none')
  );
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
