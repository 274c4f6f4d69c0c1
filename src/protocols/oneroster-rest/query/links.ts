import type { Parameters } from './parameters.ts';

/** Characters of the header at the most; Node and others take 16 KiB of all headers together. */
const longest = 8 * 1_024;

/** Where a page lies among all that match. */
export interface PagePlace {
  readonly limit: number;
  readonly offset: number;
  readonly total: number;
}

/**
 * The `Link` header of a collection (RFC 8288; OneRoster 1.2, links `first`, `prev`, `next`, `last`): absolute
 * addresses that keep the other parameters. `prev` and `next` only where there is such a page. Each repeats the whole
 * query: of a very long one those that matter least are left out, since clients take a few KiB of headers only.
 */
export function linkHeader(address: string, parameters: Parameters, { limit, offset, total }: PagePlace): string {
  const others = [...parameters].filter(([name]) => name !== 'limit' && name !== 'offset');
  const link = (rel: string, from: number) => {
    const query = new URLSearchParams({ limit: String(limit), offset: String(from) });
    for (const [name, values] of others) for (const value of values) query.append(name, value);
    return `<${address}?${query.toString()}>; rel="${rel}"`;
  };
  const links = new Map([['first', link('first', 0)]]);
  if (offset > 0) links.set('prev', link('prev', Math.max(Math.min(offset - limit, lastOffset(total, limit)), 0)));
  if (offset + limit < total) links.set('next', link('next', offset + limit));
  links.set('last', link('last', lastOffset(total, limit)));
  for (const rel of ['last', 'first', 'prev', 'next']) {
    const text = [...links.values()].join(', ');
    if (text.length <= longest) return text;
    links.delete(rel);
  }
  return '';
}

/** The offset of the last page when pages are counted from the first. */
function lastOffset(total: number, limit: number): number {
  return Math.max(Math.ceil(total / limit) - 1, 0) * limit;
}
