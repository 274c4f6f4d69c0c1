import { isDeepStrictEqual } from 'node:util';
import { type Problem, problem } from '../../../base/problem.ts';
import type { Relationship, StoredRecord } from '../../../model/index.ts';
import { type Change, keyOfView, typeOfView, type ViewItem } from '../../../roster/index.ts';
import type { Version } from '../operations/index.ts';
import type { Readable } from './ask.ts';
import { enrollmentChange } from './enrollment-change.ts';
import type { Records } from './look-up.ts';
import { pushNouns } from './nouns/index.ts';
import { unknownReference } from './problems.ts';
import { removal } from './removal.ts';
import { isDeleted, type Shown } from './shown.ts';

/** What an operation comes to before the roster is asked: nothing to do, a failure, or changes. */
export type Plan =
  | { readonly kind: 'done'; readonly status: number }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | {
      readonly kind: 'changes';
      readonly changes: readonly Change[];
      readonly status: number;
      /** The record that is written, so that two operations on one are not worked out together. */
      readonly guid: string | undefined;
      /** Whether other records may go or come back with it. */
      readonly cascade?: Cascade;
    };

/** How other records may follow one. */
export type Cascade = 'goes' | 'comes back';

const refuse = (code: Problem['code'], text: string, field?: string): Plan => ({
  kind: 'failed',
  problem: problem(code, text, field === undefined ? undefined : { field }),
});

/** What is known when an operation is planned. */
export interface Scene {
  readonly version: Version;
  readonly records: Records;
  /** What reads show of what the operation is about. */
  readonly shown: Shown | undefined;
  /** Whether an earlier operation of the same stretch writes what a key names. */
  isWritten(key: string): boolean;
}

/** Works out the changes of an operation. */
export function planOf(ask: Readable, scene: Scene): Plan {
  const { method, noun, sourcedId, removes } = ask;
  const target = scene.records.target(ask);
  if (target === 'other') {
    return removes
      ? refuse('unknown-object', `There is no object ${sourcedId}`)
      : refuse('invalid-data', `${sourcedId} is the id of an object of another class`, 'sourcedId');
  }
  const isPart = noun === 'demographics';
  if (isPart && (target === undefined || target.record.state === 'trashed')) {
    // Reads show those of a deleted user as deleted, and they may come back like that.
    if (removes && method === 'PUT' && hasDemographics(target)) return { kind: 'done', status: 200 };
    return refuse('unknown-object', `There is no user ${sourcedId} whose demographics these could be`);
  }
  const known = isPart && !hasDemographics(target) ? undefined : target;
  if (method === 'POST' && known !== undefined) {
    return refuse('already-exists', `There is an object ${sourcedId} already; PUT replaces it`, 'sourcedId');
  }
  const other = [sourcedId, scene.shown?.sourcedId];
  if (ask.bodyId !== undefined && !other.includes(ask.bodyId)) {
    return refuse('invalid-data', 'sourcedId is not that of the path', 'sourcedId');
  }
  if (removes) return planRemoval(ask, known);
  if (known?.record.state === 'archived') {
    return refuse('invalid-data', 'The course is archived; an administrator can restore it');
  }
  return planWrite(ask, scene, known, target?.record.guid);
}

const hasDemographics = (item: ViewItem | undefined) =>
  item !== undefined && (item.record as StoredRecord<'person'>).data.demographics !== undefined;

const madeHere = (sourcedId: string) =>
  refuse('invalid-data', `${sourcedId} is made by the gateway from other objects; it changes with them`);

function planRemoval({ method, noun, sourcedId }: Readable, known: ViewItem | undefined): Plan {
  const isDelete = method === 'DELETE';
  if (known === undefined) return refuse('unknown-object', `There is no object ${sourcedId}`);
  if (noun !== 'demographics' && isDeleted(known)) {
    return isDelete ? refuse('already-trashed', `${sourcedId} is deleted already`) : { kind: 'done', status: 200 };
  }
  if (known.record.made === true) return madeHere(sourcedId);
  const { guid } = known.record;
  return { kind: 'changes', changes: [removal(noun, known)], status: isDelete ? 204 : 200, guid, cascade: 'goes' };
}

function planWrite(ask: Readable, scene: Scene, known: ViewItem | undefined, guid: string | undefined): Plan {
  const { method, noun, sourcedId, sent } = ask;
  const shown = known === undefined ? undefined : scene.shown?.sent;
  const changed = (...names: readonly string[]) =>
    shown === undefined || names.some((name) => !isDeepStrictEqual(sent[name], shown[name]));
  const hasChanged = changed(...Object.keys(sent));
  if (known !== undefined && !hasChanged && !isDeleted(known)) return { kind: 'done', status: 200 };
  if (known?.record.made === true) return madeHere(sourcedId);
  if (noun === 'demographics' && Object.values(sent).every((value) => value === null)) {
    return refuse('invalid-data', 'There is nothing in these demographics; DELETE clears them');
  }
  // What comes back must have all that it names; what is there may name what has gone meanwhile.
  const isBack = known !== undefined && isDeleted(known);
  const lost = ask.named.find(
    ({ field, view, key }) =>
      (isBack || changed(field.replace(/[[.].*$/, ''))) &&
      scene.records.there(view, key) === undefined &&
      !(view !== 'resource' && scene.isWritten(key)),
  );
  if (lost !== undefined) return { kind: 'failed', problem: unknownReference(lost) };
  const views = new Map(ask.named.map(({ key, view }) => [key, view]));
  const guidOf = (key: string) => scene.records.there(views.get(key) ?? noun, key)?.guid ?? key;
  const { version } = scene;
  const data = pushNouns[noun].data({ version, sourcedId, sent, known, changed, guidOf });
  const status = known === undefined ? 201 : 200;
  const cascade = known?.record.state === 'trashed' ? ({ cascade: 'comes back' } as const) : {};
  if (noun === 'enrollment') {
    const there =
      known === undefined ? scene.records.membership(String(data['group']), String(data['member'])) : undefined;
    const changes = [enrollmentChange(sourcedId, data, known, there?.record)];
    return { kind: 'changes', changes, status, guid: guid ?? there?.guid, ...cascade };
  }
  const key = guid ?? keyOfView(noun, sourcedId);
  const type = typeOfView(noun);
  const must = noun === 'demographics' ? 'exist' : method === 'POST' ? 'not-exist' : undefined;
  const base = { op: 'upsert', type, key, strict: true, ...(must !== undefined && { must }) } as const;
  const changes = [{ ...base, ...(Array.isArray(data['relationships']) && { moveParents: true }), data } as Change];
  const kept = data['relationships'] === null && known !== undefined ? otherRelationships(known.record) : [];
  if (kept.length > 0) changes.push({ op: 'upsert', type, key, data: { relationships: kept } } as Change);
  return { kind: 'changes', changes, status, guid, ...cascade };
}

/** Relationships that are no parents: OneRoster does not know them, and they stay when the last parent goes. */
function otherRelationships(record: StoredRecord): readonly Relationship[] {
  const { relationships = [] } = record.data as StoredRecord<'group'>['data'];
  return relationships.filter(({ relation }) => relation !== 'parent');
}
