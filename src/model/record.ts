import type { AssessmentLineItem } from './gradebook/assessment-line-item.ts';
import type { AssessmentResult } from './gradebook/assessment-result.ts';
import type { Category } from './gradebook/category.ts';
import type { LineItem } from './gradebook/line-item.ts';
import type { Result } from './gradebook/result.ts';
import type { ScoreScale } from './gradebook/score-scale.ts';
import type { Group } from './group.ts';
import type { Membership, Role } from './membership.ts';
import type { SourcedId } from './parts.ts';
import type { Person } from './person.ts';
import type { Resource } from './resource.ts';

/** The nouns of the roster itself, which IMS protocols, runs' counts and downstream systems speak of. */
export const rosterTypes = ['person', 'group', 'membership'] as const;
/** One of {@link rosterTypes}. */
export type RosterType = (typeof rosterTypes)[number];

/** The nouns that only OneRoster has: its gradebook, and resources. */
export const courseworkTypes = [
  'lineItem',
  'result',
  'category',
  'scoreScale',
  'assessmentLineItem',
  'assessmentResult',
  'resource',
] as const;
/** One of {@link courseworkTypes}. */
export type CourseworkType = (typeof courseworkTypes)[number];

/** The stored nouns. */
export const recordTypes = [...rosterTypes, ...courseworkTypes] as const;
/** One of {@link recordTypes}. */
export type RecordType = (typeof recordTypes)[number];

/** Whether a noun is one of the roster itself. */
export function isRosterType(type: RecordType): type is RosterType {
  return (rosterTypes as readonly RecordType[]).includes(type);
}

/** Whether a noun is one that only OneRoster has. */
export function isCourseworkType(type: RecordType): type is CourseworkType {
  return !isRosterType(type);
}

/** One value for each noun. */
export function byType<V>(make: (type: RecordType) => V): Record<RecordType, V> {
  return Object.fromEntries(recordTypes.map((type) => [type, make(type)])) as Record<RecordType, V>;
}

/** The canonical data of each noun. */
export interface DataOf {
  person: Person;
  group: Group;
  membership: Membership;
  lineItem: LineItem;
  result: Result;
  category: Category;
  scoreScale: ScoreScale;
  assessmentLineItem: AssessmentLineItem;
  assessmentResult: AssessmentResult;
  resource: Resource;
}

/**
 * What a record can be (architecture, rule 4). `expected` means named by others but not arrived: invisible to reads
 * and counts. `trashed` keeps everything.
 */
export type RecordState = 'expected' | 'active' | 'disabled' | 'archived' | 'trashed';

/** A feed that lists a record, since when. */
export interface Claim {
  readonly feed: string;
  readonly since: Date;
}

/** How a record came into the trash. `removal` names the act, so that one restore brings back all that it took. */
export interface Trash {
  readonly at: Date;
  readonly by: string;
  readonly run?: string;
  readonly removal: string;
  /** The state to which a restore returns. */
  readonly from: RecordState;
  /** The record whose removal took this one along. */
  readonly cause?: string;
}

/** A role that a membership has no more, for OneRoster shows its enrollment as `tobedeleted`. */
export interface DroppedRole {
  /** The OneRoster `sourcedId` of its enrollment. */
  readonly sourcedId: string;
  readonly role: Role;
  readonly at: Date;
}

/** What execute works out from other records, for OneRoster (decisions 1.8). All references are guids. */
export interface Derived {
  /** person: OneRoster roles, the strongest first; membership's roles where the institution names none. */
  readonly roles?: readonly string[];
  /** person: whether `roles` are the person's own, and not those of memberships. */
  readonly ownRoles?: true;
  /** person: the strongest role that memberships give, kept to be merged without reading them again. */
  readonly memberRole?: string;
  /** person: orgs of the person's own roles, and schools of the person's groups, nearest above; else the root org. */
  readonly orgs?: readonly string[];
  /** person: the home organisation, by the membership whose role says so; a school or site. */
  readonly home?: string;
  /** class and course: the org that OneRoster names, else the nearest school above, else the root org. */
  readonly school?: string;
  /** class: its course. */
  readonly course?: string;
  /** class: its academicSessions, at least one; course: its school year. */
  readonly terms?: readonly string[];
  /** org and session: the parent. */
  readonly parent?: string;
}

/** A record as the store keeps it and reads return it. */
export interface StoredRecord<T extends RecordType = RecordType> {
  readonly type: T;
  readonly guid: string;
  readonly state: RecordState;
  readonly keys: readonly string[];
  /** The id that IMS protocols see (decisions 1.5, 1.6). */
  readonly imsId: string;
  /** The sender's sourcedids with their sources, as sent. */
  readonly sourcedIds?: readonly SourcedId[];
  /** The OneRoster `sourcedId`. */
  readonly sourcedId: string;
  readonly data: DataOf[T];
  readonly owner: string;
  readonly claims: readonly Claim[];
  /** Top-level fields of `data` that an admin has locked against feeds (`feeds.md` 0.6). */
  readonly locks?: readonly string[];
  /** Fields that a writer other than the owner filled, with that writer. */
  readonly filled?: Readonly<Record<string, string>>;
  /** Made by the gateway because OneRoster needs it (decisions 1.8); not counted, not in filters. */
  readonly made?: true;
  readonly derived?: Derived;
  /** membership: ends that have not arrived or are in the trash. */
  readonly waitsFor?: readonly string[];
  /** membership: roles that it had and has no more, the oldest first, as long as delta readers may ask for them. */
  readonly droppedRoles?: readonly DroppedRole[];
  readonly trash?: Trash;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Sequence number of the transaction that last changed it. */
  readonly sequence: number;
}
