import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { operations } from '../../src/protocols/ims-es/operations.ts';
import { soapUser, startGateway, type TestGateway } from '../protocols/ims-es/gateway.ts';
import { clientPrograms, missingPrograms, play, type Way } from './programs.ts';
import { scenario } from './scenario/scenario.ts';
import { type Column, tableOf } from './table.ts';

const names = operations.map(({ name }) => name);
const admin = { tenant: 'school', writer: 'admin:anna', namespace: 'default', source: 'admin' } as const;
const columns: Column[] = [];
const required = process.env['ROSTERGATE_INTEROP'] === 'all';
const missing = required ? [] : await missingPrograms();
afterAll(() => {
  const skipped = missing.map(({ name, needs }) => `\nskipped: ${name}; ${needs}`).join('');
  process.stderr.write(`\n${tableOf(names, columns)}${skipped}\n\n`);
});

test('the scenario calls every operation, and another one shows the effect of each that changes something', () => {
  const steps = scenario('t');
  expect(new Set(steps.map(({ operation }) => operation))).toEqual(new Set(names));
  const shown = steps.flatMap(({ operation, judges }) => judges.filter((each) => each !== operation));
  // What create brings is what the reads' own steps read.
  const changing = operations.filter(({ act }) => !['create', 'read', 'readFor', 'readAll'].includes(act));
  expect(new Set(shown)).toEqual(new Set(changing.map(({ name }) => name)));
});

// Each client has a gateway of its own, since removals by one credential are limited.
describe.each(clientPrograms)('$name', (client) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const run = missing.includes(client) ? test.skip : test;
  const callAll = async ({ query, mode }: Way, behaviour: 'compatible' | 'strict') => {
    const set = await gateway.rooms.tenants.putSettings(admin, { imsEs: { behaviour } });
    expect(set).toMatchObject({ ok: true });
    const tag = `${behaviour}-${query}-${mode}`;
    const target = { soap: gateway.soap, user: soapUser.name, password: soapUser.password, tag };
    const column = { client: client.name, way: `?${query} ${mode} ${behaviour}` };
    const findings = await play(client, { query, mode }, target, scenario(tag)).catch((error: unknown) => {
      columns.push({ ...column, findings: 'did not come to its end' });
      throw error;
    });
    columns.push({ ...column, findings });
    expect(findings).toEqual(Object.fromEntries(names.map((name) => [name, 'ok'])));
  };

  run.each(client.ways)('calls every operation, from ?$query, $mode', (way) => callAll(way, 'compatible'), 600_000);

  run(
    'sends requests that are valid, as a strict tenant wants them',
    () => callAll({ query: 'wsdl', mode: 'combined' }, 'strict'),
    600_000,
  );
});
