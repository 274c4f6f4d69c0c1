import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTwoTenants, type TwoTenants } from '../admin/tenants.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';

let two: TwoTenants;
let line: CommandLine;
beforeAll(async () => {
  two = await openTwoTenants();
  const url = two.gateway.url.replace(/\/api\/v1$/, '');
  line = await makeCommandLine({ ROSTERGATE_URL: url, ROSTERGATE_KEY: two.other.key });
});
afterAll(async () => {
  await line.close();
  await two.gateway.close();
});

/** Arguments of commands that need more than the id that they are about. */
const argumentsOf: Readonly<Record<string, (id: string) => readonly string[]>> = {
  merge: (id) => [id, '--all'],
  lock: (id) => [id, 'name'],
  digest: (id) => [id, '--deny'],
  credential: (id) => [id, '--delete'],
  'feed-window': (id) => [id, 'Mimosa', '--remove'],
};
/** Commands whose argument names no thing of a tenant: a file, a time, or a group of commands. */
const ofNoTenant = new Set(['import', 'crosswalk', 'mongod', 'start', 'help', 'account-changes']);
/** Commands of the gateway's operators, who stand above the tenants. */
const ofOperators = /^tenant-/;

test('Every command that takes an id says of another tenant’s that there is none, and changes nothing', async () => {
  const before = await two.stored();
  const { stdout } = await line.run(['--help']);
  const names = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z-]+)/gm)].map(
    ([, name]) => name ?? '',
  );
  const asked: string[] = [];
  for (const name of names) {
    const usage = (await line.run([name, '--help'])).stdout.split('\n')[0] ?? '';
    if (ofNoTenant.has(name) || ofOperators.test(name) || !/[<[](?!options|command)\w/.test(usage)) continue;
    for (const id of [two.runs.done.id, two.runs.held.id, ...two.ids.slice(-5)]) {
      asked.push(name);
      const { code, stdout: shown, stderr } = await line.run([name, ...(argumentsOf[name]?.(id) ?? [id])]);
      expect([name, id, code]).toEqual([name, id, 1]);
      expect(`${shown}${stderr}`).toMatch(/There is no|nothing in the trash|unknown-object/);
    }
  }
  expect(new Set(asked)).toEqual(new Set(asked).add('approve').add('changes').add('undo').add('restore').add('purge'));
  expect(await two.stored()).toEqual(before);
});

test('What lists without an id has nothing of another tenant', async () => {
  for (const args of [['runs'], ['feeds'], ['trash'], ['archived'], ['credentials'], ['settings'], ['downstream']]) {
    const { stdout, stderr } = await line.run([...args, '--json']);
    for (const secret of [...two.secrets, ...Object.values(two.runs).map(({ id }) => id)]) {
      expect(`${stdout}${stderr}`).not.toContain(secret);
    }
  }
  const run = two.runs.done.id;
  for (const args of [
    ['trash', '--run', run],
    ['restore', '--run', run],
    ['runs', '--feed', 'mimosa-feed'],
  ]) {
    const { stdout } = await line.run([...args, '--json']);
    for (const secret of two.secrets) expect(stdout).not.toContain(secret);
  }
});
