import type { RecordType, StoredRecord } from '../../../model/index.ts';
import type { Context, ReferenceName, View, ViewItem } from '../../../roster/index.ts';
import type { Reads } from '../deps.ts';
import type { Version } from '../operations.ts';
import { academicSessionEncoder } from './academic-session.ts';
import { classEncoder } from './class.ts';
import { courseEncoder } from './course.ts';
import { enrollmentEncoder } from './enrollment.ts';
import { orgEncoder } from './org.ts';
import { type Encoder, isOf, makeScene, type OneRosterObject } from './scene.ts';
import { userEncoder } from './user.ts';

const encoders: Readonly<Record<View, Encoder>> = {
  user: userEncoder,
  student: userEncoder,
  teacher: userEncoder,
  org: orgEncoder,
  school: orgEncoder,
  course: courseEncoder,
  class: classEncoder,
  academicSession: academicSessionEncoder,
  term: academicSessionEncoder,
  gradingPeriod: academicSessionEncoder,
  enrollment: enrollmentEncoder,
};

/** What {@link encodeItems} is asked for. */
export interface Encoding {
  readonly version: Version;
  readonly view: View;
  /** Address of the service, without a slash at the end; hrefs begin with it. */
  readonly base: string;
  readonly items: readonly ViewItem[];
}

/** The objects of a page, and the guids of records that lack what OneRoster cannot do without. */
export interface Encoded {
  readonly objects: readonly OneRosterObject[];
  readonly left: readonly string[];
}

async function classesOf(roster: Reads, context: Context, encoder: Encoder, items: readonly ViewItem[]) {
  const classes = new Map<string, StoredRecord<'group'>>();
  if (encoder.classOf === undefined) return classes;
  const guids = new Set<string>();
  for (const item of items) {
    const guid = encoder.classOf(item);
    if (guid !== undefined) guids.add(guid);
  }
  if (guids.size === 0) return classes;
  const found = await roster.find(context, 'group', [...guids], { trashed: true });
  for (const record of found) if (record !== undefined && isOf(record, 'group')) classes.set(record.guid, record);
  return classes;
}

async function namesOf(roster: Reads, context: Context, type: RecordType, guids: ReadonlySet<string>) {
  return guids.size === 0 ? new Map<string, ReferenceName>() : roster.names(context, type, [...guids]);
}

/**
 * Turns items of a view into OneRoster objects of a version: at most one look-up of names for each referenced type and,
 * for enrollments, one of their classes, whatever the number of items.
 */
export async function encodeItems(
  roster: Reads,
  context: Context,
  { version, view, base, items }: Encoding,
): Promise<Encoded> {
  const encoder = encoders[view];
  const classes = await classesOf(roster, context, encoder, items);
  const wanted = { persons: new Set<string>(), groups: new Set<string>() };
  for (const item of items) encoder.wants(item, wanted, classes);
  const [persons, groups] = await Promise.all([
    namesOf(roster, context, 'person', wanted.persons),
    namesOf(roster, context, 'group', wanted.groups),
  ]);
  const scene = makeScene(version, base, { persons, groups, classes });
  const objects: OneRosterObject[] = [];
  const left: string[] = [];
  for (const item of items) {
    const object = encoder.encode(item, scene);
    if (object === undefined) left.push(item.record.guid);
    else objects.push(object);
  }
  return { objects, left };
}
