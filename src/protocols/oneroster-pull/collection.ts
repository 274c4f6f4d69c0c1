import { failed, ok, type Result } from '../../base/result.ts';
import { jsonOf, type OutboundAnswer, type ServerClient } from '../../wire/index.ts';

/** A record as the server wrote it. */
export type Item = Readonly<Record<string, unknown>>;

/** What reading a collection needs. */
export interface CollectionRequest {
  readonly client: ServerClient;
  /** Root of the rostering service. */
  readonly url: string;
  /** Path and member of the answer, as `users`. */
  readonly name: string;
  readonly pageSize: number;
  /** Which records; undefined: all. */
  readonly filter?: string | undefined;
  /** Called with each page; a problem ends the reading. */
  take(items: readonly Item[], answer: OutboundAnswer): Promise<Result<void>>;
}

/** Most pages of a collection. */
const mostPages = 1_000_000;

/**
 * Reads a collection page by page (OneRoster 1.2 REST binding, section "Pagination"). Goes on by what was received and not
 * by what was asked for, since servers may give fewer; ends at an empty page, at `X-Total-Count`, or where `Link` has no
 * next page any more. A collection of which less was received than `X-Total-Count` says is a problem: what is missing
 * would be removed.
 */
export async function readCollection(request: CollectionRequest): Promise<Result<void>> {
  const { client, url, name, pageSize, filter, take } = request;
  const which = filter === undefined ? '' : `&filter=${encodeURIComponent(filter)}`;
  const seen = new Set<string>();
  let received = 0;
  let before: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await client.get(`${url}/${name}?limit=${pageSize}&offset=${received}${which}`);
    if (!answer.ok) return answer;
    const items = itemsOf(answer.value, name);
    if (!items.ok) return items;
    const first = idOf(items.value[0]);
    if (first !== undefined && first === before) {
      const text = `The server gives the same ${name} for another offset; it does not page, or the roster changes too fast.`;
      return failed('unreadable-input', text);
    }
    before = first;
    for (const item of items.value) seen.add(idOf(item) ?? `#${seen.size}`);
    received += items.value.length;
    const taken = await take(items.value, answer.value);
    if (!taken.ok) return taken;
    const total = totalOf(answer.value);
    if (items.value.length > 0 && (total === undefined ? hasMore(answer.value) : seen.size < total)) continue;
    if (total !== undefined && seen.size < total) {
      const text = `The server says there are ${total} ${name}, and gave ${seen.size}; nothing was changed. Pull again.`;
      return failed('unreadable-input', text);
    }
    return ok(undefined);
  }
  return failed('too-large', `The server gave more than ${mostPages} pages of ${name}.`);
}

/** Whether there may be a page after one that says no total: yes, unless its `Link` names other pages and no next one. */
function hasMore({ headers: { link } }: OutboundAnswer): boolean {
  const text = Array.isArray(link) ? link.join(',') : link;
  return text === undefined || !/rel\s*=/i.test(text) || /rel\s*=\s*"?next\b/i.test(text);
}

/** `X-Total-Count`, where it is a number. */
export function totalOf({ headers }: OutboundAnswer): number | undefined {
  const text = String(headers['x-total-count'] ?? '');
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function itemsOf({ body }: OutboundAnswer, name: string): Result<readonly Item[]> {
  const answer = jsonOf(body);
  const list = isItem(answer) ? answer[name] : undefined;
  if (!Array.isArray(list) || !list.every(isItem)) {
    return failed('unreadable-input', `The server’s answer for ${name} is not the JSON that OneRoster has for it.`);
  }
  return ok(list);
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A record's sourcedId, where it has one. */
export function idOf(item: Item | undefined): string | undefined {
  const id = item?.['sourcedId'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}
