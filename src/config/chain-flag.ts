import { expected, expectedUrl } from './mistake.ts';
import type { Mistake } from './mistake.ts';

export interface ChainFlag {
  readonly name: string;
  readonly providers: readonly { readonly http: string | null; readonly ws: string | null }[];
}

/**
 * Reads `NAME=URL[,URL…]`. The first http(s) and the first ws(s) URL are one provider: the usual
 * case is both addresses of one node. After them a ws URL joins the http URL of the same host, and
 * every other URL is a provider of its own.
 */
export function readChainFlag(
  where: string,
  given: string,
): { readonly chain: ChainFlag | null; readonly mistakes: readonly Mistake[] } {
  const equals = given.indexOf('=');
  const name = given.slice(0, Math.max(0, equals)).trim();
  const urls =
    equals === -1
      ? []
      : given
          .slice(equals + 1)
          .split(',')
          .map((url) => url.trim())
          .filter((url) => url !== '');
  if (name === '' || urls.length === 0) return { chain: null, mistakes: [mistakenFlag(where, given)] };
  const wrong = urls.filter((url) => schemeOf(url) === null);
  if (wrong.length > 0) {
    const mistakes = wrong.map((url) => expectedUrl(`${where} ${name}`, 'http, https, ws or wss URLs', url));
    return { chain: null, mistakes };
  }
  return { chain: { name, providers: pair(urls) }, mistakes: [] };
}

/** The name alone is shown; anything else may be the address, which may hold a key. */
function mistakenFlag(where: string, given: string): Mistake {
  return (/^[\w:-]*$/.test(given) ? expected : expectedUrl)(where, 'NAME=URL[,URL…]', given);
}

function pair(urls: readonly string[]): ChainFlag['providers'] {
  const https = urls.filter((url) => schemeOf(url) === 'http');
  const sockets = urls.filter((url) => schemeOf(url) === 'ws');
  const [firstHttp, ...moreHttp] = https;
  const [firstSocket, ...moreSockets] = sockets;
  const providers = [{ http: firstHttp ?? null, ws: firstSocket ?? null }];
  for (const http of moreHttp) {
    const at = moreSockets.findIndex((ws) => new URL(ws).host === new URL(http).host);
    providers.push({ http, ws: at === -1 ? null : moreSockets.splice(at, 1)[0]! });
  }
  for (const ws of moreSockets) providers.push({ http: null, ws });
  return providers;
}

function schemeOf(url: string): 'http' | 'ws' | null {
  if (!URL.canParse(url)) return null;
  const { protocol } = new URL(url);
  if (protocol === 'http:' || protocol === 'https:') return 'http';
  return protocol === 'ws:' || protocol === 'wss:' ? 'ws' : null;
}
