import type { StoredRecord } from '../../../model/index.ts';
import type { Context, ReferenceName, View, ViewItem } from '../../../roster/index.ts';
import type { Reads } from '../deps.ts';
import { type Noun, nounOf, type Version } from '../operations/index.ts';
import { academicSessionEncoder } from './academic-session.ts';
import { classEncoder } from './class.ts';
import { courseEncoder } from './course.ts';
import { demographicsEncoder } from './demographics.ts';
import { enrollmentEncoder } from './enrollment.ts';
import { assessmentLineItemEncoder } from './gradebook/assessment-line-item.ts';
import { assessmentResultEncoder } from './gradebook/assessment-result.ts';
import { categoryEncoder } from './gradebook/category.ts';
import { lineItemEncoder } from './gradebook/line-item.ts';
import { resultEncoder } from './gradebook/result.ts';
import { scoreScaleEncoder } from './gradebook/score-scale.ts';
import { orgEncoder } from './org.ts';
import { resourceEncoder } from './resource.ts';
import { byNamed, type Encoder, isOf, makeScene, type Named, type OneRosterObject, type Scene } from './scene.ts';
import { userEncoder } from './user.ts';

const encoders: Readonly<Record<Noun, Encoder>> = {
  user: userEncoder,
  org: orgEncoder,
  course: courseEncoder,
  class: classEncoder,
  academicSession: academicSessionEncoder,
  enrollment: enrollmentEncoder,
  demographics: demographicsEncoder,
  resource: resourceEncoder,
  category: categoryEncoder,
  lineItem: lineItemEncoder,
  result: resultEncoder,
  scoreScale: scoreScaleEncoder,
  assessmentLineItem: assessmentLineItemEncoder,
  assessmentResult: assessmentResultEncoder,
};

/** What {@link encodeItems} is asked for. */
export interface Encoding {
  readonly version: Version;
  readonly view: View;
  /** Address of the gateway as clients know it, without a path; hrefs begin with it. */
  readonly origin: string;
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

async function childrenOf(roster: Reads, context: Context, encoder: Encoder, items: readonly ViewItem[]) {
  if (encoder.hasChildren !== true) return new Map<string, readonly ReferenceName[]>();
  return roster.children(
    context,
    items.map(({ record }) => record.guid),
  );
}

/**
 * Turns items of a view into OneRoster objects of a version: at most one look-up of names for each referenced type, one
 * of classes for enrollments and line items, and one of children for orgs and sessions, whatever the number of items.
 */
export async function encodeItems(
  roster: Reads,
  context: Context,
  { version, view, origin, items }: Encoding,
): Promise<Encoded> {
  const encoder = encoders[nounOf[view]];
  const [classes, children] = await Promise.all([
    classesOf(roster, context, encoder, items),
    childrenOf(roster, context, encoder, items),
  ]);
  const wanted = byNamed(() => new Set<string>());
  if (encoder.wants !== undefined) for (const item of items) encoder.wants(item, wanted, classes);
  const names: Record<Named, Scene['names'][Named]> = byNamed(() => new Map<string, ReferenceName>());
  await Promise.all(
    (Object.keys(wanted) as Named[])
      .filter((type) => wanted[type].size > 0)
      .map(async (type) => {
        names[type] = await roster.names(context, type, [...wanted[type]]);
      }),
  );
  const scene = makeScene(version, origin, { names, classes, children });
  const objects: OneRosterObject[] = [];
  const left: string[] = [];
  for (const item of items) {
    const object = encoder.encode(item, scene);
    if (object === undefined) left.push(item.record.guid);
    else objects.push(object);
  }
  return { objects, left };
}
