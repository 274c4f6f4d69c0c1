import { createHash } from 'node:crypto';
import { failed, ok, type Result } from '../../base/result.ts';
import type { RestPaging, RestPullTarget } from '../../sync/index.ts';
import {
  isListAtPath,
  itemsAtPath,
  type JsonPath,
  jsonFault,
  jsonOf,
  type OutboundAnswer,
  readJsonPath,
  type ServerClient,
  valuesAtPath,
} from '../../wire/index.ts';

/** A page of an address. */
export interface Page {
  readonly records: readonly unknown[];
  readonly bytes: number;
  /** The number of all records, where the server says it. */
  readonly total: number | undefined;
}

/** What reading an address needs. */
export interface PagesRequest {
  readonly client: ServerClient;
  readonly target: Pick<RestPullTarget, 'url' | 'paging' | 'pageSize'>;
  /** Behind the setting `url`. */
  readonly path: string;
  /** Where the records are. */
  readonly records: string;
}

/** Most pages of an address, and what one page may have. */
const mostPages = 100_000;
const pageBounds = { depth: 32, values: 2_000_000 };

/**
 * Reads an address page by page. Goes on by what was received and not by what was asked for, since servers may give fewer; a page
 * that was given before ends the reading with a problem, and so does a server that says how many records there are and gives
 * fewer: what is missing would be removed.
 */
export async function* readPages(request: PagesRequest): AsyncGenerator<Result<Page>> {
  const { client, target, path } = request;
  const { style } = target.paging;
  const start = new URL(target.url + path);
  const asked = new Set<string>();
  const seen = new Set<string>();
  let url: URL | undefined = firstOf(start, target);
  let received = 0;
  let before = '';
  for (let page = 0; url !== undefined; page += 1) {
    if (page === mostPages)
      return yield failed('too-large', `The server gave more than ${mostPages} pages of ${path}.`);
    if (asked.has(url.href)) return yield loop(path);
    asked.add(url.href);
    const answer = await client.get(url.href);
    if (!answer.ok) return yield answer;
    const read = readPage(answer.value, request);
    if (!read.ok) return yield read;
    const { body, found } = read.value;
    const isCounted = style === 'page' || style === 'offset';
    const { records, total } = found;
    const shown = fingerprintOf(records);
    if (isCounted && records.length > 0 && shown === before) return yield loop(path);
    before = shown;
    if (total !== undefined) for (const record of records) seen.add(fingerprintOf(record));
    received += records.length;
    yield ok(found);
    const next: Result<URL | undefined> =
      isCounted && (records.length === 0 || (total !== undefined && received >= total))
        ? ok(undefined)
        : nextOf({ target, start, url, page, received, body, answer: answer.value });
    if (!next.ok) return yield next;
    url = next.value;
    if (url === undefined && total !== undefined && seen.size < total) {
      const text = `The server says there are ${total} records of ${path}, and gave ${seen.size} different ones; nothing was changed. Pull again.`;
      return yield failed('unreadable-input', text);
    }
  }
}

const fingerprintOf = (value: unknown) =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64').slice(0, 20);

function loop(path: string) {
  const text = `The server gives the same page of ${path} again and again; see the setting restPull.paging.`;
  return failed('unreadable-input', text);
}

/** The first address: a number only where pages are counted. */
function firstOf(start: URL, { paging, pageSize }: PagesRequest['target']): URL {
  const url = new URL(start);
  if (paging.sizeParam !== undefined) url.searchParams.set(paging.sizeParam, String(pageSize));
  const begin = paging.style === 'page' ? (paging.first ?? 1) : paging.style === 'offset' ? 0 : undefined;
  if (begin !== undefined) url.searchParams.set(paging.param ?? paging.style, String(begin));
  return url;
}

interface Step {
  readonly target: PagesRequest['target'];
  readonly start: URL;
  /** The address of this page. */
  readonly url: URL;
  readonly page: number;
  readonly received: number;
  readonly body: unknown;
  readonly answer: OutboundAnswer;
}

/** The address of the next page; undefined: there is none. */
function nextOf({ target, start, url, page, received, body, answer }: Step): Result<URL | undefined> {
  const { paging } = target;
  const counted = (value: string) => {
    const next = firstOf(start, target);
    next.searchParams.set(paging.param ?? paging.style, value);
    return ok(next);
  };
  switch (paging.style) {
    case 'none':
      return ok(undefined);
    case 'page':
      return counted(String((paging.first ?? 1) + page + 1));
    case 'offset':
      return counted(String(received));
    case 'cursor': {
      const cursor = textAt(paging.path, body);
      return cursor === undefined ? ok(undefined) : counted(cursor);
    }
    case 'next':
      return followed(textAt(paging.path, body), url);
    case 'link':
      return followed(linked(answer), url);
  }
}

function textAt(path: string | undefined, body: unknown): string | undefined {
  const [value] = valuesAtPath(pathOf(path ?? ''), { record: body });
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** An address that the server gave; it must be on the same server, which alone may have the credential. */
function followed(address: string | undefined, from: URL): Result<URL | undefined> {
  if (address === undefined) return ok(undefined);
  const url = URL.canParse(address, from.href) ? new URL(address, from) : undefined;
  if (url?.origin === from.origin && url.username === '' && url.password === '') return ok(url);
  return failed('unreadable-input', 'The server names a next page on another server; it is not asked.');
}

/** The address of `rel=next` (RFC 8288, section 3). */
function linked({ headers: { link } }: OutboundAnswer): string | undefined {
  const text = (Array.isArray(link) ? link.join(',') : (link ?? '')).slice(0, 8192);
  for (const [, address, parameters = ''] of text.matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\s*(?:[;,]|$))/i.test(parameters)) return address;
  }
  return undefined;
}

function readPage(answer: OutboundAnswer, { target, path, records }: PagesRequest) {
  const fault = jsonFault(answer.body, pageBounds);
  if (fault !== undefined) return failed('too-large', `The server’s answer for ${path} is too large: ${fault}`);
  const body = jsonOf(answer.body);
  const way = pathOf(records);
  if (body === undefined || !isListAtPath(way, { record: body })) {
    const text = `The server’s answer for ${path} is no JSON with a list at ${records}; see the setting restPull.collections.`;
    return failed('unreadable-input', text);
  }
  const total = totalOf(answer, body, target.paging);
  return ok({
    body,
    found: { records: itemsAtPath(way, { record: body }), bytes: answer.body.length, total } satisfies Page,
  });
}

function totalOf({ headers }: OutboundAnswer, body: unknown, { total }: RestPaging): number | undefined {
  if (total === undefined) return undefined;
  const value = total.startsWith('header:')
    ? headers[total.slice('header:'.length).toLowerCase()]
    : valuesAtPath(pathOf(total), { record: body })[0];
  return /^\d{1,12}$/.test(String(value)) ? Number(value) : undefined;
}

function pathOf(text: string): JsonPath {
  const path = readJsonPath(text);
  if (path === undefined) throw new Error('settings of restPull are checked when they are set');
  return path;
}
