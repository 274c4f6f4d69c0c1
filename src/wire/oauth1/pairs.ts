import type { Oauth1Pair } from './base-string.ts';

/** The most parameters that are looked at. */
const mostPairs = 100;

/** The parameters of a query or form, decoded (`+` is a space); undefined for too many. */
export function queryPairs(query: string): Oauth1Pair[] | undefined {
  const pairs = [...new URLSearchParams(query)];
  return pairs.length > mostPairs ? undefined : pairs;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * The parameters of an `Authorization: OAuth …` header, decoded, `realm` among them (RFC 5849, section 3.5.1); undefined
 * for another scheme, what cannot be read, or a parameter that is there twice. Values without quotes are taken too.
 */
export function authorizationPairs(header: string | undefined): Oauth1Pair[] | undefined {
  const list = /^oauth[ \t]+(\S.*)$/i.exec(header ?? '')?.[1];
  if (list === undefined || list.length > 8192) return undefined;
  const pairs: Oauth1Pair[] = [];
  const names = new Set<string>();
  for (const part of list.split(',')) {
    const text = part.trim();
    if (text === '') continue;
    const equals = text.indexOf('=');
    if (equals <= 0) return undefined;
    const raw = text.slice(equals + 1).trim();
    const quoted = raw.length >= 2 && raw.startsWith('"') && raw.endsWith('"');
    const name = decoded(text.slice(0, equals).trim());
    const value = decoded(quoted ? raw.slice(1, -1) : raw);
    if (name === undefined || value === undefined || names.has(name) || pairs.length >= mostPairs) return undefined;
    names.add(name);
    pairs.push([name, value]);
  }
  return pairs;
}
