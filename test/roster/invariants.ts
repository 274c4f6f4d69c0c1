import { isDeepStrictEqual } from 'node:util';
import {
  type Derived,
  type Group,
  keyParts,
  type Membership,
  orgTypeOf,
  ownUserRoles,
  type Person,
  relationParents,
  shownOf,
  strongerRole,
  userRoleOfMembership,
} from '../../src/model/index.ts';
import { countIn, publicRecord, type Row, readClock, recordOf, type Store } from '../../src/store/index.ts';

const live = new Set<unknown>(['active', 'disabled', 'archived']);

/** What is wrong in a tenant's store; nothing, one hopes. */
export async function faultsOf(store: Store, tenant: string): Promise<string[]> {
  const rows = async (type: 'person' | 'group' | 'membership') =>
    new Map((await store.records(type).find({ tenant }).toArray()).map((row) => [row._id, row]));
  const [persons, groups, memberships] = [await rows('person'), await rows('group'), await rows('membership')];
  const faults: string[] = [];
  const { counts } = await readClock(store, tenant);
  const expected = new Map<string, number>();
  const add = (name: string) => expected.set(name, (expected.get(name) ?? 0) + 1);
  for (const [type, records] of [
    ['person', persons],
    ['group', groups],
    ['membership', memberships],
  ] as const) {
    for (const row of records.values()) {
      countRow(type, row, add);
      const shown =
        row['state'] === 'expected' || type === 'membership' ? undefined : shownOf(publicRecord(recordOf(type, row)));
      if (!isDeepStrictEqual(row['shown'], shown))
        faults.push(`${type} ${row._id} shows ${JSON.stringify(row['shown'])}`);
    }
  }
  const buckets = await store
    .rows('clock')
    .find({ tenant, view: { $exists: true } })
    .toArray();
  for (const { view, items } of buckets as unknown as { view: string; items: Record<string, number> }[]) {
    for (const [digits, kept] of Object.entries(items)) {
      const name = `bucket.${view}.${digits}`;
      if (kept !== (expected.get(name) ?? 0)) faults.push(`${name}: kept ${kept}, real ${expected.get(name) ?? 0}`);
    }
    const all = Object.values(items).reduce((sum, kept) => sum + kept, 0);
    if (all !== (expected.get(`view.${view}`) ?? 0)) faults.push(`buckets of ${view}: ${all} items`);
  }
  const kept = new Set(buckets.map(({ view }) => String(view)));
  for (const [name, real] of expected) {
    if (name.startsWith('bucket.') && real > 0 && !kept.has(name.split('.')[1] ?? '')) {
      faults.push(`${name} is not kept`);
    }
  }
  // How many ids have ever gone out of views is not to be had from what is there.
  const isCount = (name: string) => !name.startsWith('bucket.') && !name.startsWith('gone.');
  for (const name of [...new Set([...expected.keys(), ...namesIn(counts)])].filter(isCount)) {
    const kept = countIn(counts, name);
    if (kept !== (expected.get(name) ?? 0)) faults.push(`count ${name}: kept ${kept}, real ${expected.get(name) ?? 0}`);
  }
  const isLive = (row: Row | undefined) => row !== undefined && live.has(row['state']);
  for (const row of memberships.values()) {
    const { group, member, memberType } = row['data'] as Membership;
    const both = isLive(groups.get(group)) && isLive((memberType === 'person' ? persons : groups).get(member));
    const shown = ((row['views'] as string[] | undefined) ?? []).includes('enrollment');
    if (row['state'] === 'active' && shown && !both) faults.push(`enrollment ${row._id} lacks an end`);
    const isClass = (groups.get(group)?.['data'] as Group | undefined)?.kind === 'class';
    if (row['state'] === 'active' && both && memberType === 'person' && isClass && !shown) {
      faults.push(`membership ${row._id} has both ends and is not shown`);
    }
    if (row['state'] === 'active' && both === (row['waitsFor'] !== undefined)) faults.push(`${row._id} waits wrongly`);
  }
  // A class's school and a person's schools and role, worked out anew from all that there is.
  const root = [...groups.values()].find((row) => row['made'] === true && (row['data'] as Group).kind === 'org')?._id;
  const nearest = (start: string): string | undefined => {
    const seen = new Set<string>();
    for (let level = [start]; level.length > 0; ) {
      const here = level.filter((guid) => !seen.has(guid) && isLive(groups.get(guid)));
      for (const guid of here) seen.add(guid);
      const data = here.map((guid) => groups.get(guid)?.['data'] as Group);
      const at = data.findIndex((group) => group.kind === 'org' && group.orgType === 'school');
      if (at >= 0) return here[at];
      level = data.flatMap((group) => relationParents(group));
    }
    return undefined;
  };
  for (const row of groups.values()) {
    const school = (row['derived'] as Derived | undefined)?.school;
    if (!isLive(row) || row['made'] === true || school === undefined) continue;
    if (school !== (nearest(row._id) ?? root)) faults.push(`group ${row._id} is not at its nearest school`);
  }
  for (const row of persons.values()) {
    if (!isLive(row)) continue;
    const own = [...memberships.values()].filter(
      (other) => other['state'] === 'active' && (other['data'] as Membership).member === row._id && !other['waitsFor'],
    );
    const schools = own
      .map((other) => nearest((other['data'] as Membership).group))
      .filter((guid) => guid !== undefined);
    const roles = own.flatMap((other) =>
      (other['data'] as Membership).roles.filter(({ status }) => status !== false).map(userRoleOfMembership),
    );
    const strongest = roles.reduce<string | undefined>((a, b) => strongerRole(a, b), undefined) ?? 'student';
    const named = ownUserRoles(row['data'] as Person);
    const derived = row['derived'] as Derived | undefined;
    const homes = own
      .filter((other) => (other['data'] as Membership).roles.some(isHomeRole))
      .map((other) => (other['data'] as Membership).group)
      .filter((guid) => {
        const at = groups.get(guid)?.['data'] as Group;
        return at.kind === 'org' && orgTypeOf(at) !== 'department';
      });
    if (derived?.home === undefined ? homes.length > 0 : !homes.includes(derived.home)) {
      faults.push(`person ${row._id} is at home in ${String(derived?.home)}, not in ${String(homes)}`);
    }
    if (derived?.home !== undefined) schools.push(derived.home);
    const orgs = schools.length > 0 ? [...new Set(schools)].sort() : [root];
    if (JSON.stringify(derived?.orgs) !== JSON.stringify(orgs))
      faults.push(`person ${row._id} is not at the right schools`);
    if (JSON.stringify(derived?.roles) !== JSON.stringify(named.length > 0 ? named : [strongest])) {
      faults.push(`person ${row._id} is ${String(derived?.roles)}, not ${strongest}`);
    }
  }
  faults.push(...keyFaults([...persons.values(), ...groups.values(), ...memberships.values()]));
  for (const row of memberships.values()) {
    const { group, member, memberType } = row['data'] as Membership;
    for (const end of [groups.get(group), (memberType === 'person' ? persons : groups).get(member)]) {
      if (end === undefined) faults.push(`membership ${row._id} has an end that is not even expected`);
    }
  }
  const used = new Set<string>();
  for (const row of [...groups.values(), ...persons.values()]) {
    if (!isLive(row)) continue;
    const derived = (row['derived'] ?? {}) as Derived;
    for (const guid of [
      derived.school,
      derived.course,
      derived.parent,
      ...(derived.terms ?? []),
      ...(derived.orgs ?? []),
    ]) {
      if (guid === undefined) continue;
      used.add(guid);
      if (!isLive(groups.get(guid))) faults.push(`${row._id} hangs on ${guid}, which is not there`);
    }
    const kind = (row['data'] as Partial<Group>).kind;
    if (kind === 'class' && (derived.school === undefined || derived.course === undefined || !derived.terms?.length)) {
      faults.push(`class ${row._id} lacks a school, a course or a term`);
    }
    if (kind === undefined && (!derived.orgs?.length || !derived.roles?.length))
      faults.push(`person ${row._id} lacks a role or an org`);
  }
  for (const row of groups.values()) {
    if (row['made'] === true && row['state'] === 'active' && !used.has(row._id))
      faults.push(`made ${row._id} is not used`);
  }
  return faults;
}

const isHomeRole = ({ type, status, homeOrganisation }: Membership['roles'][number]) =>
  homeOrganisation === true && status !== false && type !== 'Mentor';

/** Every id of a record that is there finds it, and no key is held twice. */
function keyFaults(rows: readonly Row[]): string[] {
  const holders = new Map<string, string>();
  const faults: string[] = [];
  for (const row of rows) {
    const keys = (row['keys'] as string[] | undefined) ?? [];
    for (const one of keys) {
      if (holders.has(one)) faults.push(`${one} is a key of ${row._id} and of ${String(holders.get(one))}`);
      holders.set(one, row._id);
    }
    const imsId = row['imsId'] as string | undefined;
    if (imsId !== undefined && !keys.some((one) => keyParts(one).id === imsId)) {
      faults.push(`${row._id} is not found by its id ${imsId}`);
    }
  }
  return faults;
}

function countRow(type: 'person' | 'group' | 'membership', row: Row, add: (name: string) => void): void {
  const state = row['state'];
  if (state === 'expected') return;
  for (const view of (row['views'] as string[] | undefined) ?? []) {
    const bucket = `bucket.${view}.${row._id.slice(0, 2)}`;
    if (view !== 'enrollment') {
      add(`view.${view}`);
      add(bucket);
    } else {
      add('enrollments');
      const dropped = (row['droppedRoles'] as unknown[] | undefined) ?? [];
      for (const _role of [...(row['data'] as Membership).roles, ...dropped]) {
        add('view.enrollment');
        add(bucket);
      }
    }
  }
  if (row['made'] === true || state === 'trashed') return;
  add(`active.${type}`);
  if (state === 'archived') return;
  const counted = type === 'group' && (row['data'] as Group).kind === 'session' ? 'academicSession' : type;
  for (const { feed } of (row['claims'] as { feed: string }[] | undefined) ?? []) add(`feed.${feed}.${counted}`);
}

function namesIn(counts: object, prefix = ''): string[] {
  return Object.entries(counts).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null ? namesIn(value, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}
