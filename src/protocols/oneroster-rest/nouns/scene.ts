import type { RecordType, StoredRecord } from '../../../model/index.ts';
import type { ReferenceName, ViewItem } from '../../../roster/index.ts';
import type { Version } from '../operations.ts';

/** The classes of OneRoster that this room writes, each with its collection. */
export const collections = {
  user: 'users',
  org: 'orgs',
  course: 'courses',
  class: 'classes',
  academicSession: 'academicSessions',
} as const;

/** A class that can be referred to. */
export type Referable = keyof typeof collections;

/** A OneRoster reference (`…GUIDRef`): all three always there, `type` that of the base class. */
export interface Reference {
  readonly href: string;
  readonly sourcedId: string;
  readonly type: Referable;
}

/** A OneRoster object about to be written as JSON; what is undefined is not written. */
export type OneRosterObject = Readonly<Record<string, unknown>>;

/** What a page needs besides its items, read at once for all of them. */
export interface Scene {
  readonly version: Version;
  /** Names of referenced persons and groups by guid. */
  readonly persons: ReadonlyMap<string, ReferenceName>;
  readonly groups: ReadonlyMap<string, ReferenceName>;
  /** The classes of a page of enrollments by guid. */
  readonly classes: ReadonlyMap<string, StoredRecord<'group'>>;
  /** A reference by OneRoster id. */
  reference(type: Referable, sourcedId: string): Reference;
}

/** Collects the guids whose names a page needs. */
export interface Wanted {
  readonly persons: Set<string>;
  readonly groups: Set<string>;
}

/** Turns the items of one class into OneRoster objects. */
export interface Encoder {
  /** The class that this item belongs to, whose record is read before anything else (enrollments). */
  readonly classOf?: (item: ViewItem) => string | undefined;
  /** Names the guids that {@link Encoder.encode} will ask for. */
  readonly wants: (item: ViewItem, wanted: Wanted, classes: Scene['classes']) => void;
  /** The object, or undefined for a record that lacks what OneRoster cannot do without (the caller says so in the log). */
  readonly encode: (item: ViewItem, scene: Scene) => OneRosterObject | undefined;
}

/** Makes a scene; references are built once per target, for a page repeats them. */
export function makeScene(version: Version, base: string, found: Pick<Scene, 'persons' | 'groups' | 'classes'>): Scene {
  const made: Readonly<Record<Referable, Map<string, Reference>>> = {
    user: new Map(),
    org: new Map(),
    course: new Map(),
    class: new Map(),
    academicSession: new Map(),
  };
  return {
    version,
    ...found,
    reference(type, sourcedId) {
      const known = made[type].get(sourcedId);
      if (known !== undefined) return known;
      const href = `${base}/${collections[type]}/${encodeURIComponent(sourcedId)}`;
      const reference: Reference = { href, sourcedId, type };
      made[type].set(sourcedId, reference);
      return reference;
    },
  };
}

/** A reference that the standard requires: to whatever the guid names, if need be by the guid itself. */
export function requiredReference(scene: Scene, type: Referable, guid: string): Reference {
  const names = type === 'user' ? scene.persons : scene.groups;
  return scene.reference(type, names.get(guid)?.sourcedId ?? guid);
}

/** A reference that may be left out: only to what can be followed. */
export function optionalReference(scene: Scene, type: Referable, guid: string | undefined): Reference | undefined {
  if (guid === undefined) return undefined;
  const name = (type === 'user' ? scene.persons : scene.groups).get(guid);
  return name === undefined || name.state === 'expected' ? undefined : scene.reference(type, name.sourcedId);
}

/** References that may be left out, none twice. */
export function optionalReferences(scene: Scene, type: Referable, guids: Iterable<string>): Reference[] {
  const references = new Set<Reference>();
  for (const guid of guids) {
    const reference = optionalReference(scene, type, guid);
    if (reference !== undefined) references.add(reference);
  }
  return [...references];
}

/** Whether a record is of a type; narrows it. */
export function isOf<T extends RecordType>(record: StoredRecord, type: T): record is StoredRecord<T> {
  return record.type === type;
}
