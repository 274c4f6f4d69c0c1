import {
  byType,
  endsKey,
  endsOf,
  enrollmentKeyOf,
  isCourseworkType,
  isKey,
  keyParts,
  type RecordType,
  recordTypes,
} from '../../model/index.ts';
import type { Change, WriteChange } from '../change.ts';
import type { Context } from '../context.ts';
import { candidateServedKeys, imsKeyOf } from './acts/identity.ts';
import { guidIn, guidMeant, keyAsSent } from './acts/look-up.ts';
import { referencesOf } from './acts/references.ts';
import { lostKeys } from './undo/ids.ts';
import type { Unit } from './unit.ts';

/**
 * Loads in bulk what a list of changes will ask for: by key and by guid for each type, the ends of memberships, and then
 * memberships by their ends. An id that is a guid is asked for as both.
 */
export async function prefetch(
  unit: Unit,
  asked: readonly { readonly context: Context; readonly change: Change }[],
): Promise<void> {
  const keys = byType(() => new Set<string>());
  const guids = byType(() => new Set<string>());
  const ends = new Set<string>();
  const add = (type: RecordType, reference: string) => {
    if (!isKey(reference)) {
      guids[type].add(reference);
      return;
    }
    keys[type].add(reference);
    const enrollment = enrollmentKeyOf(reference);
    if (enrollment !== undefined) keys[type].add(enrollment);
    const guid = guidIn(reference);
    if (guid !== undefined) guids[type].add(guid);
  };
  /** Persons that are members are needed without their data. */
  const addEnd = (type: RecordType, reference: string) => {
    if (type !== 'person') {
      add(type, reference);
      return;
    }
    ends.add(reference);
    const guid = isKey(reference) ? guidIn(reference) : undefined;
    if (guid !== undefined) ends.add(guid);
  };
  for (const { context, change } of asked) {
    const own = change.key;
    if (own !== undefined && !own.startsWith('ends:')) {
      add(change.type, own);
      if (isKey(own) && (change.op === 'upsert' || change.op === 'replace')) {
        const imsId = change.imsId ?? keyParts(own).id;
        for (const served of candidateServedKeys(change.type, imsId)) add(change.type, served);
        const sent = keyAsSent(context, own);
        if (sent !== undefined) add(change.type, sent);
        const imsKey = imsKeyOf(change.type, sent ?? own);
        if (imsKey !== undefined) keys[change.type].add(imsKey);
      }
    }
    if (change.op === 'revert' && change.before !== 'absent') {
      for (const lost of lostKeys(change.before, change.after)) keys[change.type].add(lost);
    }
    if (change.op === 'rename') {
      add(change.type, change.newKey);
      for (const served of candidateServedKeys(change.type, keyParts(change.newKey).id)) keys[change.type].add(served);
      const imsKey = imsKeyOf(change.type, change.newKey);
      if (imsKey !== undefined) keys[change.type].add(imsKey);
    }
    const named = own === undefined ? undefined : endsOf(own);
    if (named !== undefined) {
      addEnd('group', named.group);
      addEnd(named.memberType, named.member);
    }
    if (change.op !== 'upsert' && change.op !== 'replace') continue;
    for (const { type, reference } of referencesOf(change)) {
      if (change.type === 'membership' || isCourseworkType(change.type)) addEnd(type, reference);
      else add(type, reference);
    }
  }
  for (const type of recordTypes) {
    await unit.loadKeys(type, keys[type]);
    await unit.loadGuids(type, guids[type]);
  }
  await unit.loadEnds(ends);
  await unit.loadGuids(
    'membership',
    endGuids(
      unit,
      asked.map(({ change }) => change),
    ),
  );
}

/** Guids of the memberships that changes name by their ends. */
function endGuids(unit: Unit, changes: readonly Change[]): string[] {
  const found: string[] = [];
  const add = (group: string, member: string, memberType: 'person' | 'group') =>
    found.push(unit.guid(endsKey(guidMeant(unit, 'group', group), guidMeant(unit, memberType, member), memberType)));
  for (const change of changes) {
    if (change.type !== 'membership') continue;
    const named = change.key === undefined ? undefined : endsOf(change.key);
    if (named !== undefined) add(named.group, named.member, named.memberType);
    if (change.op !== 'upsert' && change.op !== 'replace') continue;
    const { group, member, memberType } = (change as WriteChange<'membership'>).data;
    if (group && member) add(group, member, memberType === 'group' ? 'group' : 'person');
  }
  return found;
}
