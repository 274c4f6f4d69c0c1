import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { fillMixedTenant } from './mixed-tenant.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors({ start: false });
  await fillMixedTenant(doors.roster, doors.context);
});
afterAll(() => doors.close());

/** Commands that look for records, whose time grows with what they are asked. */
const looking = ['find', 'aggregate', 'count', 'distinct'];
const records =
  /^(?:persons|groups|memberships|lineItems|results|categories|scoreScales|assessment\w+|resources|tombstones|departures)$/;

test('Every query of a read says how long it may take', async () => {
  const endless = new Set<string>();
  let seen = 0;
  const note = ({ commandName, command }: { commandName: string; command: Record<string, unknown> }) => {
    const collection = String(command[commandName]);
    if (!looking.includes(commandName) || !records.test(collection)) return;
    seen += 1;
    if (command['maxTimeMS'] === undefined)
      endless.add(`${commandName} ${collection} ${JSON.stringify(command['filter'] ?? command['pipeline'])}`);
  };
  doors.store.connection.getClient().on('commandStarted', note as never);
  const base = '/ims/oneroster/v1p1';
  const paths: string[] = [];
  for (const name of [
    'orgs',
    'users',
    'classes',
    'courses',
    'enrollments',
    'academicSessions',
    'demographics',
    'lineItems',
    'results',
  ]) {
    const { json } = await doors.ask('GET', `${base}/${name}?limit=2`);
    const [key = ''] = Object.keys(json);
    const id = json[key][0]?.sourcedId;
    paths.push(
      `${base}/${name}?limit=2&offset=1&sort=dateLastModified`,
      `${base}/${name}?filter=dateLastModified>'2020-01-01'`,
    );
    paths.push(
      `${base}/${name}?filter=sourcedId!='x' AND status='active'`,
      `${base}/${name}/${id}`,
      `${base}/${name}/nothing`,
    );
  }
  const { json } = await doors.ask('GET', `${base}/schools?limit=1`);
  const school = json.orgs[0].sourcedId;
  for (const name of ['classes', 'courses', 'enrollments', 'students', 'teachers', 'terms'])
    paths.push(`${base}/schools/${school}/${name}`);
  for (const path of paths) await doors.ask('GET', encodeURI(path));
  expect(seen).toBeGreaterThan(paths.length);
  expect([...endless]).toEqual([]);
});
