import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { namesNoTenant } from './watched-commands.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));

test.each([
  ['find', { find: 'persons', filter: { _id: 'x' } }],
  ['find', { find: 'persons', filter: { tenant: undefined, _id: 'x' } }],
  ['find', { find: 'memberships', filter: { $or: [{ tenant: 'a' }, { tenant: 'b' }] } }],
  ['aggregate', { aggregate: 'changes', pipeline: [{ $sort: { _id: 1 } }, { $match: { tenant: 'a' } }] }],
  ['update', { update: 'groups', updates: [{ q: { tenant: 'a' } }, { q: { _id: 'x' } }] }],
  ['delete', { delete: 'findings', deletes: [{ q: { run: 'x' } }] }],
  ['insert', { insert: 'tombstones', documents: [{ _id: 'x' }] }],
  ['findAndModify', { findAndModify: 'clocks', query: { _id: 'x' } }],
])('a %s without a tenant is found', (name, body) => {
  const collection = (body as Record<string, unknown>)[name] as string;
  expect(namesNoTenant({ name, collection, body })).toBe(true);
});

test.each([
  ['find', { find: 'persons', filter: { tenant: 'a', _id: 'x' } }],
  ['find', { find: 'persons', filter: { $and: [{ tenant: 'a' }, { $or: [{ _id: 'x' }] }] } }],
  ['aggregate', { aggregate: 'changes', pipeline: [{ $match: { tenant: 'a' } }] }],
  ['find', { find: 'credentials', filter: { name: 'x' } }],
  ['insert', { insert: 'tombstones', documents: [{ _id: 'x', tenant: 'a' }] }],
])('a %s with one, or on what is looked up without, passes', (name, body) => {
  const collection = (body as Record<string, unknown>)[name] as string;
  expect(namesNoTenant({ name, collection, body })).toBe(false);
});

test('nothing in the program asks for all documents of a collection but that of tenants', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const all = /\.(find|findOne|aggregate|deleteMany|updateMany|countDocuments|distinct)\(\s*(\{\s*\}|\[\s*\]|\))/;
  const asking = files.filter((file) => all.test(readFileSync(join(src, file), 'utf8')));
  expect(asking.sort()).toEqual(
    [
      'roster/access/tenants.ts',
      'roster/tenancy/tenancy.ts',
      'sealed-secrets.ts',
      'store/buckets/check-buckets.ts',
      'store/migrate.ts',
      'store/tenancy/outdated.ts',
      // A pattern's matcher finds; no collection is meant.
      'wire/mapping/steps.ts',
    ].sort(),
  );
});
