import { expect, test } from '@jest/globals';
import {
  authorizationHeader,
  authorizationPairs,
  baseString,
  hmacSignature,
  percentEncoded,
  queryPairs,
} from '../../../src/wire/index.ts';

test('The base string of RFC 5849, section 3.4.1.1: form, query and header parameters, sorted and encoded twice', () => {
  const header = authorizationPairs(
    'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", ' +
      'oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", ' +
      'oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"',
  );
  const pairs = [
    ...(header ?? []),
    ...(queryPairs('b5=%3D%253D&a3=a&c%40=&a2=r%20b') ?? []),
    ...(queryPairs('c2&a3=2+q') ?? []),
  ];
  expect(baseString({ method: 'post', origin: 'http://EXAMPLE.COM:80', path: '/request', pairs })).toBe(
    'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26' +
      'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
      'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
  );
});

test('The signature without a token of RFC 5849, section 1.2', () => {
  const pairs = [
    ['oauth_consumer_key', 'dpf43f3p2l4k3l03'],
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', '137131200'],
    ['oauth_nonce', 'wIjqoS'],
    ['oauth_callback', 'http://printer.example.com/ready'],
  ] as const;
  const base = baseString({ method: 'POST', origin: 'https://photos.example.net', path: '/initiate', pairs });
  expect(hmacSignature('HMAC-SHA1', base, 'kd94hf93k423kf44').toString('base64')).toBe('74KNZJeDHnMBp0EMJ9ZHt/XKycU=');
});

test.each([
  ['http://h:80', 'http://h/'],
  ['https://h:443', 'https://h/'],
  ['https://H.example:8443', 'https://h.example:8443/'],
  ['http://h:443', 'http://h:443/'],
  ['http://[::1]:3000', 'http://[::1]:3000/'],
])('The origin %s is signed as %s', (origin, signed) => {
  const base = baseString({ method: 'GET', origin, path: '', pairs: [] });
  expect(decodeURIComponent(base.split('&')[1] ?? '')).toBe(signed);
});

test('All but unreserved characters are encoded, in upper case; half a surrogate pair does no harm', () => {
  expect(percentEncoded("aZ09-._~ '()*!+%é😀\uD800")).toBe(
    'aZ09-._~%20%27%28%29%2A%21%2B%25%C3%A9%F0%9F%98%80%EF%BF%BD',
  );
});

test('A header is read with and without quotes and blanks; another scheme, doubled or broken parameters are not', () => {
  expect(authorizationPairs('oauth a="1%202",b=3 , c=""')).toEqual([
    ['a', '1 2'],
    ['b', '3'],
    ['c', ''],
  ]);
  for (const header of [
    undefined,
    'Bearer x',
    'OAuth',
    'OAuth  ',
    'OAuth a',
    'OAuth =1',
    'OAuth a=1,a=2',
    'OAuth a=%zz',
  ]) {
    expect(authorizationPairs(header)).toBeUndefined();
  }
  expect(authorizationPairs(`OAuth ${'a="1",'.repeat(10_000)}`)).toBeUndefined();
  expect(queryPairs('a&'.repeat(200))).toBeUndefined();
});

test('What a client signs is read back as it was signed', () => {
  const request = {
    method: 'GET',
    origin: 'https://x.org',
    path: '/ims/oneroster/v1p1//users',
    pairs: queryPairs("filter=givenName='Colin+R%C3%B6bert'&fields=") ?? [],
  };
  const client = { id: 'a client', secret: 'se&cr=t', method: 'HMAC-SHA256', now: () => 1_700_000_000_123 } as const;
  const header = authorizationPairs(authorizationHeader(client, request)) ?? [];
  const named = new Map(header);
  expect(named.get('oauth_consumer_key')).toBe('a client');
  expect(named.get('oauth_timestamp')).toBe('1700000000');
  const base = baseString({ ...request, pairs: [...request.pairs, ...header] });
  expect(hmacSignature('HMAC-SHA256', base, client.secret).toString('base64')).toBe(named.get('oauth_signature'));
});
