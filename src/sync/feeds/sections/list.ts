import { type Failed, failed } from '../../../base/result.ts';
import type { FeedSection } from './section.ts';

/** What the columns of a CSV list mean besides the communities; each has a column of its own name, and some have aliases. */
export const listColumns = [
  'FIRST_NAME',
  'LAST_NAME',
  'EMAIL',
  'USER_ID',
  'USER_LOGIN',
  'GRADUATION',
  'STAKEHOLDERS',
  'EMAIL_OPT_OUT',
  'DELETE',
  'PROGRAM',
  'AFFINITY',
] as const;
/** One of {@link listColumns}. */
export type ListColumn = (typeof listColumns)[number];

/** What a column of a list says of the communities of a person; its group of communities has no other column. */
export interface CommunityColumn {
  /** The column's name in the header. */
  column: string;
  /** The group of communities, as `Program`. */
  group: string;
  /** What its communities are in the roster; OneRoster shows classes and orgs. */
  kind: 'other' | 'class' | 'org';
  /** Names of its communities; a value that is one of them, in whatever case, means it. */
  communities: string[];
  /** What other values mean; null: none, and nothing is reported. */
  values: { value: string; community: string | null }[];
  /** Whether a value that is in neither list is a community of its own; else it is reported. */
  anyValue: boolean;
}

/** What the columns of a CSV list mean; part of a feed's settings. */
export interface ListSettings {
  /** The last day of a class year, as MM-DD. */
  classYearEnds: string;
  /** What a row is known by: USER_ID, else USER_LOGIN, else EMAIL; or EMAIL alone. */
  identifier: 'user-id' | 'email';
  /** Names of columns that files have in place of those of {@link listColumns}. */
  columns: { column: ListColumn; name: string }[];
  /** Roles that the values of STAKEHOLDERS mean; those that are not named are taken as they are known. */
  userTypes: { value: string; role: string }[];
  communities: CommunityColumn[];
  /** Whether the feed's first run is held until an operator has looked at it. */
  reviewFirst: boolean;
}

const name = { type: 'string', minLength: 1, maxLength: 128 };

/** The rules of the setting `list`. */
export const listSection: FeedSection<ListSettings> = {
  properties: {
    classYearEnds: { type: 'string', minLength: 5, maxLength: 5 },
    identifier: { enum: ['user-id', 'email'] },
    columns: {
      type: 'array',
      maxItems: listColumns.length,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['column', 'name'],
        properties: { column: { enum: listColumns }, name },
      },
    },
    userTypes: {
      type: 'array',
      maxItems: 500,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['value', 'role'],
        properties: { value: name, role: name },
      },
    },
    communities: {
      type: 'array',
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['column', 'group', 'kind', 'communities', 'values', 'anyValue'],
        properties: {
          column: name,
          group: name,
          kind: { enum: ['other', 'class', 'org'] },
          communities: { type: 'array', maxItems: 2000, items: name },
          values: {
            type: 'array',
            maxItems: 5000,
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['value', 'community'],
              properties: { value: name, community: { type: ['string', 'null'], minLength: 1, maxLength: 128 } },
            },
          },
          anyValue: { type: 'boolean' },
        },
      },
    },
    reviewFirst: { type: 'boolean' },
  },
  secrets: [],
  required: [],
  defaults: {
    classYearEnds: '08-31',
    identifier: 'user-id',
    columns: [],
    userTypes: [],
    communities: [],
    reviewFirst: true,
  },
  check: ({ classYearEnds, columns, userTypes, communities }) =>
    cutOffFault(classYearEnds) ??
    twice(
      'columns',
      'column',
      columns.map(({ column }) => column),
    ) ??
    twice(
      'columns',
      'name',
      columns.map((one) => one.name),
    ) ??
    twice(
      'userTypes',
      'value',
      userTypes.map(({ value }) => value),
    ) ??
    twice(
      'communities',
      'column',
      communities.map(({ column }) => column),
    ) ??
    twice(
      'communities',
      'group',
      communities.map(({ group }) => group),
    ) ??
    communities.map(communityFault).find((fault) => fault !== undefined),
};

/** The settings of a list feed for which nobody has set anything. */
export const defaultList = listSection.defaults as ListSettings;

function cutOffFault(classYearEnds: string): Failed | undefined {
  const day = new Date(`2000-${classYearEnds}T00:00:00Z`);
  if (!Number.isNaN(day.getTime()) && day.toISOString().slice(5, 10) === classYearEnds) return undefined;
  const text = 'The setting list.classYearEnds is a day of the year, as 08-31.';
  return failed('invalid-request', text, { field: 'classYearEnds' });
}

function twice(field: string, what: string, values: readonly string[]): Failed | undefined {
  const seen = new Set<string>();
  for (const [at, value] of values.entries()) {
    const folded = value.trim().toLowerCase();
    if (seen.has(folded)) {
      const text = `The setting list.${field}.${at}.${what} names ${value} a second time; each is named once.`;
      return failed('invalid-request', text, { field: `${field}.${at}.${what}` });
    }
    seen.add(folded);
  }
  return undefined;
}

/** Each single value means one community at most, and that is one of those named. */
function communityFault({ communities, values, anyValue }: CommunityColumn, at: number): Failed | undefined {
  const field = `communities.${at}`;
  const names = new Set(communities);
  const fault = (where: string, text: string) => failed('invalid-request', text, { field: `${field}.${where}` });
  const again =
    twice(`${field}.communities`, 'name', communities) ??
    twice(
      `${field}.values`,
      'value',
      values.map(({ value }) => value),
    );
  if (again !== undefined) return again;
  for (const [place, { value, community }] of values.entries()) {
    if (value.includes(';')) {
      return fault(
        `values.${place}.value`,
        `The setting list.${field}.values.${place}.value holds a semicolon, which separates values in a file; a combination of values cannot mean a community. Name each value in an entry of its own.`,
      );
    }
    if (community !== null && !anyValue && !names.has(community)) {
      return fault(
        `values.${place}.community`,
        `The setting list.${field}.values.${place}.community names ${community}, which is not in list.${field}.communities; add it there.`,
      );
    }
  }
  return undefined;
}
