import * as fc from 'fast-check';
import type { Change, Context } from '../../src/roster/index.ts';
import { admin, ends, feed, g, group, member, p, person, school, sis } from './roster.ts';

const word = (prefix: string, count: number) => fc.integer({ min: 0, max: count - 1 }).map((at) => `${prefix}${at}`);
const personId = word('p', 5);
const classId = word('c', 4);
const orgId = word('o', 3);
const groupId = fc.oneof(classId, orgId, fc.constant('k0'), fc.constant('t0'));
const roleType = fc.constantFrom('Learner', 'Instructor', 'Mentor', 'Own word');

const write: fc.Arbitrary<Change> = fc.oneof(
  fc
    .tuple(personId, fc.constantFrom(undefined, 'Faculty', 'Student'))
    .map(
      ([id, type]): Change =>
        type === undefined ? person(id) : person(id, { institutionRoles: [{ type, primary: true }] }),
    ),
  fc
    .tuple(
      classId,
      fc.subarray(['o0', 'o1', 'o2', 'k0', 't0', 'c0']),
      fc.constantFrom('class', 'class', 'org', 'course'),
      fc.constantFrom('upsert', 'replace'),
    )
    .map(
      ([id, parents, kind, op]): Change => ({
        ...group(
          id,
          kind as 'class',
          parents.filter((parent) => parent !== id),
        ),
        op: op as 'upsert',
      }),
    ),
  fc.tuple(orgId, fc.subarray(['o0', 'o1', 'o2']), fc.boolean()).map(
    ([id, parents, isSchool]): Change => ({
      ...(isSchool ? school(id, parents) : group(id, 'org', parents)),
      op: 'replace',
    }),
  ),
  fc.constantFrom<Change>(group('k0', 'course'), group('t0', 'session')),
  fc
    .tuple(
      groupId,
      personId,
      fc.array(roleType, { minLength: 1, maxLength: 3 }),
      // No id, one of these ends, or one that others may have, too.
      fc.constantFrom(undefined, 'own', 'm0', 'm1'),
      fc.boolean(),
    )
    .map(([groupOf, of, roles, id, home]): Change => {
      const change = member(groupOf, of, roles, id === 'own' ? `${groupOf}-${of}` : id);
      if (!home) return change;
      return { ...change, data: { ...change.data, roles: roles.map((type) => ({ type, homeOrganisation: true })) } };
    }),
);

/** A write as another door makes it: strict, moving parents, adopting, with a precondition. */
const writeAsked: fc.Arbitrary<Change> = fc
  .tuple(
    write,
    fc.record({ strict: fc.boolean(), moveParents: fc.boolean(), adopt: fc.boolean() }),
    fc.constantFrom(undefined, 'exist', 'not-exist'),
  )
  .map(([change, asked, must]): Change => ({ ...change, ...asked, ...(must === undefined ? {} : { must }) }) as Change);

const other: fc.Arbitrary<Change> = fc.oneof(
  personId.map((id): Change => ({ op: 'remove', type: 'person', key: p(id) })),
  groupId.map((id): Change => ({ op: 'remove', type: 'group', key: g(id) })),
  fc
    .tuple(groupId, personId)
    .map(([groupOf, of]): Change => ({ op: 'remove', type: 'membership', key: ends(groupOf, of) })),
  personId.map((id): Change => ({ op: 'restore', type: 'person', key: p(id) })),
  groupId.map((id): Change => ({ op: 'restore', type: 'group', key: g(id) })),
  personId.map((id): Change => ({ op: 'purge', type: 'person', key: p(id), force: true })),
  groupId.map((id): Change => ({ op: 'purge', type: 'group', key: g(id), force: true })),
  fc
    .tuple(personId, personId)
    .map(([id, next]): Change => ({ op: 'rename', type: 'person', key: p(id), newKey: p(`${next}x`) })),
  fc
    .tuple(personId, fc.constantFrom<string[]>([], ['institutionRoles']))
    .map(([id, fields]): Change => ({ op: 'lock', type: 'person', key: p(id), fields })),
  // To an id that others may only have named.
  fc
    .tuple(personId, personId)
    .map(([id, next]): Change => ({ op: 'rename', type: 'person', key: p(id), newKey: p(next) })),
  fc
    .tuple(groupId, groupId)
    .map(([id, next]): Change => ({ op: 'rename', type: 'group', key: g(id), newKey: g(next) })),
);

const released: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(personId, fc.constantFrom('trash', 'disable')).map(
    ([id, as]): Change => ({
      op: 'release',
      type: 'person',
      key: p(id),
      as: as as 'trash',
    }),
  ),
  groupId.map((id): Change => ({ op: 'release', type: 'group', key: g(id), as: 'trash' })),
  fc
    .tuple(groupId, personId)
    .map(([groupOf, of]): Change => ({ op: 'release', type: 'membership', key: ends(groupOf, of), as: 'trash' })),
);

/** One call: who, and what. */
export interface Call {
  readonly context: Context;
  readonly changes: readonly Change[];
}

const many = (change: fc.Arbitrary<Change>) => fc.array(change, { minLength: 1, maxLength: 5 });

/** Random calls by credentials, an administrator and two feeds on a handful of ids. */
export const history: fc.Arbitrary<Call[]> = fc.array(
  fc.oneof(
    many(fc.oneof(write, writeAsked, other)).map((changes): Call => ({ context: sis, changes })),
    many(fc.oneof(write, writeAsked, other)).map((changes): Call => ({ context: admin, changes })),
    fc
      .tuple(fc.constantFrom('a', 'b'), many(fc.oneof(write, write, released)))
      .map(([name, changes]): Call => ({ context: feed(name), changes })),
  ),
  { minLength: 5, maxLength: 25 },
);
