import { expect, test } from '@jest/globals';
import { canaryIn } from './watched-log.ts';

test.each([
  '{"level":50,"msg":"cannot read ada@school.example"}',
  '{"level":30,"authorization":"Bearer 0123456789abcdef"}',
  '{"level":30,"hash":"$argon2id$v=19$m=19456"}',
  '{"level":30,"key":"rg_0123456789abcdefghijklmnop"}',
  '{"level":40,"familyName":"Ek"}',
])('%s is found', (line) => {
  expect(canaryIn(line)).toBeDefined();
});

test('a line of ids, counts and codes passes, and what people are told in words is no log', () => {
  expect(
    canaryIn('{"level":30,"method":"GET","route":"/api/v1/runs/:id","status":200,"ms":4,"request":"G-_WXoPK"}'),
  ).toBeUndefined();
  expect(canaryIn('  password   tour-secret')).toBeUndefined();
});
