import type { StoredRecord } from '../../../model/index.ts';
import { type Context, nationalIdScope, type ServedId, type View, type ViewItem } from '../../../roster/index.ts';
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
import {
  byNamed,
  type Encoder,
  isOf,
  makeScene,
  type Named,
  type OneRosterObject,
  type Scene,
  type Wanted,
} from './scene.ts';
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

/** The encoder of what a view shows. */
export const encoderOf = (view: View): Encoder => encoders[nounOf[view]];

/** What {@link encodeItems} is asked for. */
export interface Encoding {
  readonly version: Version;
  readonly view: View;
  /** Address of the gateway as clients know it, without a path; hrefs begin with it. */
  readonly origin: string;
  readonly items: readonly ViewItem[];
  /** The sequence number at which they were read, where it is known. */
  readonly asOf?: number | undefined;
}

/** The objects of a page, and the guids of records that lack what OneRoster cannot do without. */
export interface Encoded {
  readonly objects: readonly OneRosterObject[];
  readonly left: readonly string[];
}

async function classesOf(
  roster: Reads,
  context: Context,
  encoder: Encoder,
  { items, asOf }: Pick<Encoding, 'items' | 'asOf'>,
) {
  const classes = new Map<string, StoredRecord<'group'>>();
  if (encoder.classOf === undefined) return classes;
  const guids = new Set<string>();
  for (const item of items) {
    const guid = encoder.classOf(item);
    if (guid !== undefined) guids.add(guid);
  }
  if (guids.size === 0) return classes;
  const found = await roster.find(context, 'group', [...guids], {
    trashed: true,
    ...(asOf === undefined ? {} : { asOf }),
  });
  for (const record of found) if (record !== undefined && isOf(record, 'group')) classes.set(record.guid, record);
  return classes;
}

async function childrenOf(roster: Reads, context: Context, encoder: Encoder, items: readonly ViewItem[]) {
  if (encoder.hasChildren !== true) return new Map<string, readonly ServedId[]>();
  return roster.children(
    context,
    items.map(({ record }) => record.guid),
  );
}

/** Reads the ids of what a page refers to: one look-up a type. */
async function idsOf(
  roster: Reads,
  context: Context,
  wanted: Wanted,
  types: readonly Named[],
  asOf: number | undefined,
): Promise<Partial<Record<Named, Scene['ids'][Named]>>> {
  const asked = types.filter((type) => wanted[type].size > 0);
  const found = asked.map(
    async (type) => [type, await roster.servedIds(context, type, [...wanted[type]], asOf)] as const,
  );
  return Object.fromEntries(await Promise.all(found));
}

/**
 * Turns items of a view into OneRoster objects of a version: at most one look-up of ids for each referenced type, one
 * of classes for enrollments and line items, and one of children for orgs and sessions, whatever the number of items.
 */
export async function encodeItems(
  roster: Reads,
  context: Context,
  { version, view, origin, items, asOf }: Encoding,
): Promise<Encoded> {
  const encoder = encoderOf(view);
  const wanted = byNamed(() => new Set<string>());
  if (encoder.wants !== undefined) for (const item of items) encoder.wants(item, wanted);
  // Groups that follow from classes are asked for with the others, when the classes are there.
  const isLate = (type: Named) => type === 'group' && encoder.classOf !== undefined;
  const types = Object.keys(wanted) as Named[];
  const [classes, children, ids] = await Promise.all([
    classesOf(roster, context, encoder, { items, asOf }),
    childrenOf(roster, context, encoder, items),
    idsOf(
      roster,
      context,
      wanted,
      types.filter((type) => !isLate(type)),
      asOf,
    ),
  ]);
  for (const group of classes.values()) encoder.wantsOfClass?.(group, wanted.group);
  const late = await idsOf(roster, context, wanted, types.filter(isLate), asOf);
  const all = { ...byNamed(() => new Map<string, ServedId>()), ...ids, ...late };
  const nationalIds = context.scopes?.includes(nationalIdScope) === true;
  const scene = makeScene(version, origin, { ids: all, classes, children, nationalIds });
  const objects: OneRosterObject[] = [];
  const left: string[] = [];
  for (const item of items) {
    const object = encoder.encode(item, scene);
    if (object === undefined) left.push(item.record.guid);
    else objects.push(object);
  }
  return { objects, left };
}
