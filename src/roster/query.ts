import type {
  CourseworkType,
  Derived,
  Person,
  RecordState,
  RecordType,
  Relationship,
  RosterType,
  StoredRecord,
} from '../model/index.ts';

/** OneRoster's collections, each a view of the canonical records; `demographics` are persons that have some. */
export type View =
  | 'user'
  | 'student'
  | 'teacher'
  | 'org'
  | 'school'
  | 'course'
  | 'class'
  | 'academicSession'
  | 'term'
  | 'gradingPeriod'
  | 'enrollment'
  | 'demographics'
  | CourseworkType;

/** Comparison operators of the OneRoster filter; `~` is contains. */
export type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~';

/** The versions of OneRoster whose fields filters name. */
export type OneRosterVersion = '1.1' | '1.2';

/** How a reference of a view is kept: a field of the store, or more than one. */
export type Relation =
  | 'agents'
  | 'children'
  | 'classSchool'
  | 'gradingPeriod1p1'
  | 'lineItemSchool'
  | 'primaryOrg'
  | 'userOrgs'
  | `data.${string}`
  | `derived.${string}`;

/** A condition on one field, as `readClause` reads it; texts in lower case. */
export type Clause =
  | { readonly field: 'updatedAt'; readonly operator: Exclude<Operator, '~'>; readonly value: Date }
  | { readonly field: 'status'; readonly operator: '=' | '!='; readonly value: 'active' | 'tobedeleted' }
  | { readonly field: 'sourcedId'; readonly operator: Operator; readonly value: string }
  | {
      /** What records show (`shownOf`): one value, the values of a list of objects, or a list of texts. */
      readonly field: 'shown';
      readonly kind: 'one' | 'any' | 'texts';
      /** Names of the `shown` fields that hold it, of which a record has one. */
      readonly at: readonly string[];
      readonly operator: Operator;
      readonly value: string | number;
      /** What counts where there is none. */
      readonly missing?: number;
      /** Each of the fields has an index, and few records share a value. */
      readonly few?: true;
    }
  | {
      readonly field: 'reference';
      readonly operator: '=' | '!=';
      /** The `sourcedId` of what is referred to. */
      readonly value: string;
      readonly to: View;
      readonly relation: Relation;
    }
  | {
      readonly field: 'userRole' | 'enrollmentRole';
      readonly version: OneRosterVersion;
      readonly operator: Operator;
      readonly value: string;
    }
  | { readonly field: 'enabledUser' | 'primary'; readonly operator: '=' | '!='; readonly value: boolean }
  | {
      readonly field: 'beginDate' | 'endDate';
      readonly operator: Exclude<Operator, '~'>;
      readonly value: string;
    }
  | {
      readonly field: 'metadata';
      /** The dotted path below `metadata`. */
      readonly name: string;
      readonly operator: Operator;
      readonly value: string;
    };

/** One or two clauses and how they are joined. */
export interface Condition {
  readonly join: 'and' | 'or';
  readonly clauses: readonly Clause[];
}

/** A page of a view. */
export interface PageQuery {
  readonly view: View;
  readonly limit: number;
  readonly offset: number;
  readonly where?: Condition;
  /**
   * The records that a nested path names, outermost first (`/schools/{s}/classes/{c}/students`: the school, the class);
   * a page holds what belongs to them. `parents` finds them.
   */
  readonly within?: readonly { readonly view: View; readonly guid: string }[];
  /**
   * Order: by default that of the guids, in which records stay put while they change; enrollments keep it under
   * `sourcedId` too, since most have their guid for it and an index of the others would cost every import.
   */
  readonly sort?: { readonly field: 'sourcedId' | 'updatedAt' | `shown.${string}`; readonly direction: 'asc' | 'desc' };
}

/** A record that a nested path names. */
export interface Parent {
  /** The view by which the path names it. */
  readonly view: View;
  readonly guid: string;
  readonly record: StoredRecord;
}

/** A record as a view shows it; of a membership each role, and each that it had, is an item of its own. */
export interface ViewItem {
  readonly record: StoredRecord;
  /** enrollment: its place among `enrollmentsOf` the membership. */
  readonly role?: number;
}

/** An id that a view shows no more: purged, renamed, or of another kind or role now (decisions 2.5). */
export interface GoneItem {
  readonly sourcedId: string;
  /** When it went. */
  readonly at: Date;
}

/**
 * A page of items and the number of all that match, as they were at one moment. A delta reader (`updatedAt >`, the
 * default order) that needs several pages goes on, next time, from the newest time on the first of them.
 */
export interface Page {
  readonly items: readonly ViewItem[];
  /** Behind the items, for those who ask what has changed since a time: what has gone out of the view since. */
  readonly gone?: readonly GoneItem[];
  readonly total: number;
  /** The tenant's sequence number at that moment. */
  readonly sequence: number;
}

/** A page of all records of a type that reads may show, the gateway's own and those in the trash left out. */
export interface ListQuery {
  readonly limit: number;
  /** Records to pass over; the order is stable while records change. */
  readonly offset: number;
  /** Only records that were made at this time or later. */
  readonly createdFrom?: Date;
  /** Only records made by hand: an admin's, that no feed lists. */
  readonly manual?: boolean;
}

/** A relationship of another record to one, as `related` finds it. */
export interface RelatedFrom {
  /** The record that names the relationship. */
  readonly from: ReferenceName;
  readonly relation: Relationship['relation'];
  readonly label?: string;
}

/** What happened to a person, group or membership within a stretch of the change log. */
export interface LoggedChange {
  readonly type: RosterType;
  readonly guid: string;
  /** IMS ids that it had before, the oldest first; empty unless it was renamed. */
  readonly formerIds: readonly string[];
}

/** A stretch of the change log, each record once, in the order of its last change. */
export interface LogStretch {
  readonly items: readonly LoggedChange[];
  /** The last sequence number that the stretch covers. */
  readonly until: number;
  /** Time of the transaction with that number; undefined where the stretch has none. */
  readonly at: Date | undefined;
  /** Whether there is more after it. */
  readonly more: boolean;
}

/** The OneRoster id of a referenced record. */
export type ServedId = Pick<ReferenceName, 'state' | 'sourcedId'>;

/** How a referenced record is named outside. */
export interface ReferenceName<T extends RecordType = RecordType> {
  readonly guid: string;
  readonly type: T;
  readonly state: RecordState;
  readonly keys: readonly string[];
  /** The id that IMS protocols see where it finds the record; `idFor` says what else. */
  readonly imsId: string;
  readonly source?: string;
  readonly sourcedId: string;
  /** Made by the gateway itself (decisions 1.8). */
  readonly made?: true;
  /** person: formatted or given and family name; of others the title, if they have one. */
  readonly title?: string;
}

/** Which records a scan gives. */
export interface ScanQuery {
  /**
   * Only records that this view shows. Persons are all in the view `user`, OneRoster's own nouns in that of their type; memberships that no view shows are read past
   * those of other tenants.
   */
  readonly view?: View;
  /** States; by default active and disabled. Expected records are never given. */
  readonly states?: readonly RecordState[];
  /** Only records that changed after this time. */
  readonly changedAfter?: Date;
  /** Only records whose data have this field. */
  readonly having?: string;
  /** Records that the gateway made (decisions 1.8) too; by default yes. */
  readonly made?: boolean;
  /** Records of a batch; default 1,000. */
  readonly batch?: number;
}

/** What a person had before a change; what is not there did not change. */
export interface FormerPerson {
  readonly guid: string;
  readonly data?: Pick<Person, 'roles' | 'userProfiles' | 'demographics'>;
  /** What followed from memberships. */
  readonly derived?: Pick<Derived, 'roles' | 'orgs' | 'home'>;
}

/** What is left of a record that was purged (decisions 2.5). */
export interface Tombstone {
  readonly guid: string;
  /** The views in which it was. */
  readonly views: readonly string[];
  readonly sourcedId: string;
  /** When it was purged. */
  readonly at: Date;
}

/** Where a reading of a run's changes goes on. */
export interface RunCursor {
  readonly sequence: number;
  /** Changes of that transaction to pass over. */
  readonly skip: number;
}

/**
 * One record that a run changed, as the change log has it, without the fields that follow from other records; one of
 * which nothing else changed is left out.
 */
export interface RunEntry {
  readonly type: RecordType;
  readonly guid: string;
  /** Stored fields as they were before, null for absent; `absent` where the run made the record. */
  readonly before: Readonly<Record<string, unknown>> | 'absent';
  /** The same fields as the run left them; empty where the run made the record. */
  readonly after: Readonly<Record<string, unknown>>;
  /** The values before are gone with a purge (decisions 2.5): `before` and `after` are empty. */
  readonly lost?: true;
}

/** What a transaction of a run did; one that changed thousands of records comes in several. */
export interface RunStretch {
  readonly sequence: number;
  readonly at: Date;
  readonly entries: readonly RunEntry[];
  /** Where the next one begins. */
  readonly next: RunCursor;
}
