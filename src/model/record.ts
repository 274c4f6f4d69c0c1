import type { Group } from './group.ts';
import type { Membership } from './membership.ts';
import type { SourcedId } from './parts.ts';
import type { Person } from './person.ts';

/** The stored nouns. */
export const recordTypes = ['person', 'group', 'membership'] as const;
/** One of {@link recordTypes}. */
export type RecordType = (typeof recordTypes)[number];

/** The canonical data of each noun. */
export interface DataOf {
  person: Person;
  group: Group;
  membership: Membership;
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
  readonly trash?: Trash;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Sequence number of the transaction that last changed it. */
  readonly sequence: number;
}
