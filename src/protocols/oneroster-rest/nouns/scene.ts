import type { RecordType, StoredRecord } from '../../../model/index.ts';
import type { ServedId, ViewItem } from '../../../roster/index.ts';
import { basePath, collectionOf, type Noun, partOf, type Version } from '../operations/index.ts';

/** The record type of each class that can be referred to. */
const recordTypeOf = {
  user: 'person',
  org: 'group',
  course: 'group',
  class: 'group',
  academicSession: 'group',
  category: 'category',
  lineItem: 'lineItem',
  scoreScale: 'scoreScale',
  assessmentLineItem: 'assessmentLineItem',
  resource: 'resource',
} as const satisfies Readonly<Partial<Record<Noun, RecordType>>>;

/** A class that can be referred to. */
export type Referable = keyof typeof recordTypeOf;

/** The types of records that references lead to. */
export type Named = (typeof recordTypeOf)[Referable];

/** One value for each type of records that references lead to. */
export function byNamed<V>(make: (type: Named) => V): Record<Named, V> {
  return {
    person: make('person'),
    group: make('group'),
    category: make('category'),
    lineItem: make('lineItem'),
    scoreScale: make('scoreScale'),
    assessmentLineItem: make('assessmentLineItem'),
    resource: make('resource'),
  };
}

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
  /** Whether national identity numbers are shown. */
  readonly nationalIds: boolean;
  /** The ids of referenced records by type and guid. */
  readonly ids: Readonly<Record<Named, ReadonlyMap<string, ServedId>>>;
  /** The classes of a page of enrollments or line items by guid. */
  readonly classes: ReadonlyMap<string, StoredRecord<'group'>>;
  /** What is right below the orgs or sessions of a page, by guid. */
  readonly children: ReadonlyMap<string, readonly ServedId[]>;
  /** A reference by OneRoster id. */
  reference(type: Referable, sourcedId: string): Reference;
}

/** Collects the guids whose ids a page needs. */
export type Wanted = Readonly<Record<Named, Set<string>>>;

/** Turns the items of one class into OneRoster objects. */
export interface Encoder {
  /** The class that this item belongs to, whose record is read before anything else (enrollments). */
  readonly classOf?: (item: ViewItem) => string | undefined;
  /** Whether its objects list what is right below them. */
  readonly hasChildren?: true;
  /** Names the guids that {@link Encoder.encode} will ask for; the item's class is not known yet. */
  readonly wants?: (item: ViewItem, wanted: Wanted) => void;
  /** Names the groups that follow from the item's class. */
  readonly wantsOfClass?: (group: StoredRecord<'group'>, groups: Set<string>) => void;
  /** The object, or undefined for a record that lacks what OneRoster cannot do without (the caller says so in the log). */
  readonly encode: (item: ViewItem, scene: Scene) => OneRosterObject | undefined;
}

/**
 * Makes a scene; references are built once per target, for a page repeats them. Each leads to the service that serves
 * its class (in 1.2 rostering, gradebook and resources have addresses of their own).
 */
export function makeScene(
  version: Version,
  origin: string,
  found: Pick<Scene, 'ids' | 'classes' | 'children' | 'nationalIds'>,
): Scene {
  const made = new Map<Referable, Map<string, Reference>>();
  const targetsOf = (type: Referable): Map<string, Reference> => {
    const known = made.get(type) ?? new Map<string, Reference>();
    made.set(type, known);
    return known;
  };
  return {
    version,
    ...found,
    reference(type, sourcedId) {
      const targets = targetsOf(type);
      const known = targets.get(sourcedId);
      if (known !== undefined) return known;
      const collection = `${origin}${basePath(version, partOf(type))}/${collectionOf[type]}`;
      const reference: Reference = { href: `${collection}/${encodeURIComponent(sourcedId)}`, sourcedId, type };
      targets.set(sourcedId, reference);
      return reference;
    },
  };
}

/** A reference that the standard requires: to whatever the guid names, if need be by the guid itself. */
export function requiredReference(scene: Scene, type: Referable, guid: string): Reference {
  return scene.reference(type, scene.ids[recordTypeOf[type]].get(guid)?.sourcedId ?? guid);
}

/** A reference that may be left out: only to what can be followed. */
export function optionalReference(scene: Scene, type: Referable, guid: string | undefined): Reference | undefined {
  if (guid === undefined) return undefined;
  const name = scene.ids[recordTypeOf[type]].get(guid);
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

/** The references to what is right below a record; undefined where nothing is. */
export function childReferences(scene: Scene, type: Referable, guid: string): Reference[] | undefined {
  return scene.children.get(guid)?.map(({ sourcedId }) => scene.reference(type, sourcedId));
}

/** Whether a record is of a type; narrows it. */
export function isOf<T extends RecordType>(record: StoredRecord, type: T): record is StoredRecord<T> {
  return record.type === type;
}
