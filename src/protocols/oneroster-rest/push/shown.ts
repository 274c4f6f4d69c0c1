import { enrollmentsOf, type StoredRecord, shownStatus } from '../../../model/index.ts';
import type { Context, ViewItem } from '../../../roster/index.ts';
import type { Reads } from '../deps.ts';
import { encodeItems } from '../nouns/encode.ts';
import type { Version } from '../operations/index.ts';
import { readSent } from './ask.ts';
import type { Pushed, Sent } from './nouns/index.ts';

/** Whether reads show an item as `tobedeleted`. */
export function isDeleted({ record, role = 0 }: ViewItem): boolean {
  if (shownStatus(record) === 'tobedeleted') return true;
  if (record.type !== 'membership') return false;
  const enrollment = enrollmentsOf(record as StoredRecord<'membership'>)[role];
  return enrollment === undefined || enrollment.dropped !== undefined || enrollment.role.status === false;
}

/** An object as reads show it: its `sourcedId` there, and its values as a body with them would be read. */
export interface Shown {
  readonly sourcedId: string;
  readonly sent: Sent;
}

/**
 * What reads show of items, in their order; undefined for what they leave out. A record in the trash is taken as it would be
 * shown once it is back.
 */
export async function shownOf(
  roster: Reads,
  context: Context,
  version: Version,
  noun: Pushed,
  items: readonly ViewItem[],
): Promise<(Shown | undefined)[]> {
  const back = items.map(({ record, ...rest }) => ({ ...rest, record: { ...record, state: stateBack(record) } }));
  const { objects, left } = await encodeItems(roster, context, { version, view: noun, origin: '', items: back });
  let at = 0;
  return back.map(({ record }) => {
    if (left.includes(record.guid)) return undefined;
    const object = objects[at] ?? {};
    at += 1;
    return { sourcedId: String(object['sourcedId']), sent: readSent(noun, version, object, () => undefined).sent };
  });
}

function stateBack({ state, trash }: StoredRecord): StoredRecord['state'] {
  return state === 'trashed' ? (trash?.from ?? 'active') : state;
}
