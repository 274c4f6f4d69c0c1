import { type DataOf, isKey, keyParts, type RecordType } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { Remark, WriteChange } from '../../change.ts';
import type { Context } from '../../context.ts';
import { isCoursework, namedIn } from '../coursework/references.ts';
import type { Entry, Unit } from '../unit.ts';
import { entryOf, guidMeant } from './look-up.ts';

type Fields = Record<string, unknown>;

/** A new record with nothing but an identity. */
export function blank<T extends RecordType>(unit: Unit, type: T, guid: string, data: Working<T>['data']): Working<T> {
  return {
    type,
    guid,
    state: 'active',
    keys: [],
    imsId: guid,
    sourcedIds: undefined,
    sourcedId: guid,
    data,
    owner: '',
    claims: [],
    locks: undefined,
    filled: undefined,
    made: undefined,
    derived: undefined,
    waitsFor: undefined,
    droppedRoles: undefined,
    views: undefined,
    trash: undefined,
    createdAt: unit.at,
    updatedAt: unit.at,
    sequence: unit.sequence,
  };
}

/**
 * The record that a reference means; one that is not there becomes expected (decisions 1.7), with a remark. Answers the
 * guid.
 */
export function resolveReference(
  unit: Unit,
  context: Context,
  reference: string,
  type: RecordType,
  source: string | undefined,
  remarks: Remark[],
): string {
  const there: Entry | undefined = entryOf(unit, type, reference);
  if (there !== undefined) {
    noteAbsent(there, remarks);
    return there.record.guid;
  }
  if (!isKey(reference)) return reference;
  const guid = unit.guid(reference);
  const { id } = keyParts(reference);
  const record = blank(unit, type, guid, (type === 'group' ? { kind: 'class' } : {}) as DataOf[typeof type]);
  record.state = 'expected';
  record.keys = [reference];
  record.imsId = id;
  record.owner = context.writer;
  if (source !== undefined) record.sourcedIds = [{ source, id }];
  noteAbsent(unit.create(record as Working), remarks);
  return guid;
}

/** Adds a remark where a record that is referred to has not arrived, or is in the trash. */
export function noteAbsent({ record: { type, guid, imsId, state } }: Entry, remarks: Remark[]): void {
  if (state !== 'expected' && state !== 'trashed') return;
  const text =
    state === 'expected'
      ? `The ${type} ${imsId} has not arrived yet; the reference is kept until it does.`
      : `The ${type} ${imsId} is in the trash; the reference is kept until it comes back.`;
  remarks.push({ kind: 'warning.expected-reference', text, id: guid });
}

/** A reference in the data of a change: the type that it means, and the field that holds it. */
export interface Reference {
  readonly type: RecordType;
  readonly reference: string;
  readonly field: string;
}

/** All references in the data of a change. */
export function referencesOf(change: WriteChange): Reference[] {
  const data = change.data as Fields;
  const found: Reference[] = [];
  const add = (type: RecordType, reference: unknown, field: string) => {
    if (typeof reference === 'string' && reference !== '') found.push({ type, reference, field });
  };
  if (change.type === 'membership') {
    add('group', data['group'], 'groupSourcedId');
    add(data['memberType'] === 'group' ? 'group' : 'person', data['member'], 'memberSourcedId');
    return found;
  }
  if (isCoursework(change)) {
    for (const { of, reference } of namedIn(change)) add(of.type, reference, of.field);
    return found;
  }
  for (const relationship of (data['relationships'] as Fields[] | null | undefined) ?? []) {
    add(change.type, relationship['target'], 'relationship');
  }
  if (change.type === 'person') {
    for (const agent of (data['agents'] as string[] | null | undefined) ?? []) add('person', agent, 'agents');
    for (const role of (data['roles'] as Fields[] | null | undefined) ?? []) add('group', role['org'], 'roles');
    add('group', data['primaryOrg'], 'primaryOrg');
  }
  return found;
}

/** The data of a person or group change with all references as guids; a parent link to oneself is dropped (decisions 2.3). */
export function resolveData(
  unit: Unit,
  context: Context,
  change: WriteChange,
  self: string,
  remarks: Remark[],
): Fields {
  const data = { ...(change.data as Fields) };
  const to = (type: RecordType, reference: string, source?: string) =>
    resolveReference(unit, context, reference, type, source, remarks);
  if (Array.isArray(data['relationships'])) {
    const kept: Fields[] = [];
    for (const relationship of data['relationships'] as Fields[]) {
      const wanted = relationship['target'] as string;
      const own = wanted === change.key || guidMeant(unit, change.type, wanted) === self;
      if (own) {
        remarks.push({ kind: 'repair.self-parent', text: 'A relationship to the record itself was dropped.' });
      } else {
        kept.push({ ...relationship, target: to(change.type, wanted, relationship['source'] as string | undefined) });
      }
    }
    data['relationships'] = kept;
  }
  if (change.type === 'person') {
    if (Array.isArray(data['agents']))
      data['agents'] = (data['agents'] as string[]).map((agent) => to('person', agent));
    if (Array.isArray(data['roles'])) {
      data['roles'] = (data['roles'] as Fields[]).map((role) => ({ ...role, org: to('group', role['org'] as string) }));
    }
    if (typeof data['primaryOrg'] === 'string') data['primaryOrg'] = to('group', data['primaryOrg']);
  }
  return data;
}
