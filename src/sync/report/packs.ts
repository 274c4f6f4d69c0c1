import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { failed, ok, type Result } from '../../base/result.ts';
import type { FindingList, FindingPacks, FindingPlace, Wanted } from '../../store/index.ts';
import type { Listing, Paging } from '../types.ts';

const unpack = promisify(gunzip);

/** The items of a pack, each as JSON. */
export async function itemsOf(packed: Uint8Array): Promise<string[]> {
  return (await unpack(packed)).toString('utf8').split('\n');
}

/** A page of a packed list: its cursor is the place of the first item that is left. */
export async function packedPage<T>(
  packs: FindingPacks,
  place: FindingPlace,
  list: FindingList,
  { limit, cursor }: Paging,
  wanted: Wanted,
  matches: (item: T) => boolean,
): Promise<Result<Listing<T>>> {
  const [, from = '0', passed = '0'] = /^(\d{1,10})\.(\d{1,6})$/.exec(cursor ?? '0.0') ?? [];
  if (cursor !== undefined && !/^\d{1,10}\.\d{1,6}$/.test(cursor)) return badCursor();
  const total = await packs.count(place, list, wanted);
  const items: T[] = [];
  for await (const { n, packed } of packs.read(place, list, Number(from), wanted)) {
    const lines = await itemsOf(packed);
    for (let at = n === Number(from) ? Number(passed) : 0; at < lines.length; at += 1) {
      const item = JSON.parse(lines[at] ?? '') as T;
      if (!matches(item)) continue;
      if (items.length === limit) return ok({ items, total, next: `${n}.${at}` });
      items.push(item);
    }
  }
  return ok({ items, total, next: null });
}

/** Refuses a cursor that no list gave. */
export function badCursor(): Result<never> {
  return failed('invalid-request', 'The cursor is not one that this list gave.', { field: 'cursor' });
}
