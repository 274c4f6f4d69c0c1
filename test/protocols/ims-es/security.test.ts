import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { soapUser, startGateway, type TestGateway } from './gateway.ts';
import { message, post, security, sourcedId } from './messages.ts';

const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';
const base64 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary';
const admin = { tenant: 'school', writer: 'admin:anna', namespace: 'default', source: 'admin' } as const;

let gateway: TestGateway;
/** Behind a proxy, so that a client can be elsewhere. */
let proxied: TestGateway;
beforeAll(async () => {
  [gateway, proxied] = await Promise.all([startGateway(), startGateway({ trustProxy: true })]);
  for (const { rooms } of [gateway, proxied]) {
    expect((await rooms.credentials.allowDigest(admin, soapUser.name, soapUser.password)).ok).toBe(true);
  }
});
afterAll(() => Promise.all([gateway.close(), proxied.close()]));

const read = `<pm:readPersonRequest>${sourcedId('pm', 'nobody')}</pm:readPersonRequest>`;
/** A call got past the door: the person that it asks for does not exist. */
const letIn = ['failure error unknownobject'];
const call = (header: string, headers: Readonly<Record<string, string>> = {}, at = gateway) =>
  post(`${at.soap}/PersonManagementServiceSync`, message(read, header), headers);

interface Token {
  readonly name?: string;
  readonly password?: string;
  readonly nonce?: string;
  readonly created?: string;
  /** What else stands in the Security header. */
  readonly beside?: string;
  readonly change?: (token: string) => string;
}

/** A Security header with PasswordDigest, as WSS UsernameToken profile 1.0, section 3.1, says. */
function digest(token: Token = {}): string {
  const {
    name = soapUser.name,
    password = soapUser.password,
    nonce = randomBytes(16).toString('base64'),
    created = new Date().toISOString(),
    beside = '',
    change = (text: string) => text,
  } = token;
  const hash = createHash('sha1')
    .update(Buffer.from(nonce, 'base64'))
    .update(created + password)
    .digest('base64');
  const username = `<w:UsernameToken><w:Username>${name}</w:Username><w:Password Type="${profile}#PasswordDigest">${hash}</w:Password><w:Nonce EncodingType="${base64}">${nonce}</w:Nonce><u:Created>${created}</u:Created></w:UsernameToken>`;
  return `<w:Security xmlns:w="${wsse}" xmlns:u="${wsu}" s:mustUnderstand="1">${beside}${change(username)}</w:Security>`;
}

describe('PasswordDigest', () => {
  test('is accepted once; the same message again is refused', async () => {
    const header = digest();
    expect((await call(header)).statuses).toEqual(letIn);
    const replayed = await call(header);
    expect([replayed.status, replayed.fault]).toEqual([
      500,
      'a:FailedAuthentication: The user name or password is wrong.',
    ]);
  });

  test('is refused with the same words for another password, an unknown user and a stale time', async () => {
    const stale = new Date(Date.now() - 360_000).toISOString();
    const replies = await Promise.all(
      [digest({ password: 'wrong' }), digest({ name: 'nobody' }), digest({ created: stale })].map((one) => call(one)),
    );
    const wrong = await call(security(soapUser.name, 'wrong'));
    expect(wrong.fault).toContain('a:FailedAuthentication');
    for (const reply of replies) expect([reply.status, reply.text]).toEqual([wrong.status, wrong.text]);
  });

  test('is refused for a user that is not allowed it, as if the password were wrong', async () => {
    const { rooms } = gateway;
    await rooms.credentials.denyDigest(admin, soapUser.name);
    try {
      expect((await call(digest())).fault).toContain('a:FailedAuthentication');
      expect((await call(security())).statuses).toEqual(letIn);
    } finally {
      await rooms.credentials.allowDigest(admin, soapUser.name, soapUser.password);
    }
    expect((await call(digest())).statuses).toEqual(letIn);
  });

  test('without a Nonce or a Created, or with two, it is InvalidSecurity that names what is missing', async () => {
    const without = (name: string) => (token: string) => token.replace(new RegExp(`<(.:${name})[ >].*?</\\1>`), '');
    const twice = (name: string) => (token: string) => token.replace(new RegExp(`<(.:${name})[ >].*?</\\1>`), '$&$&');
    for (const name of ['Nonce', 'Created']) {
      for (const change of [without(name), twice(name)]) {
        const reply = await call(digest({ change }));
        expect(reply.fault).toBe(`a:InvalidSecurity: A UsernameToken with PasswordDigest must hold one ${name}.`);
      }
    }
    const elsewhere = digest({ change: (token) => token.replaceAll('u:Created', 'w:Created') });
    expect((await call(elsewhere)).fault).toContain('must hold one Created');
  });

  test('white space around its parts is passed over', async () => {
    const change = (token: string) => token.replace(/>([^<>]+)<\/(w:Password|w:Nonce|u:Created)>/g, '>\n  $1\n</$2>');
    expect((await call(digest({ change }))).statuses).toEqual(letIn);
  });

  test('is taken over plain HTTP from elsewhere, where PasswordText and Basic are refused', async () => {
    const far = { 'x-forwarded-for': '192.0.2.7' };
    expect((await call(digest(), far, proxied)).statuses).toEqual(letIn);
    const refused = 'a:InvalidSecurity: Passwords are taken only over TLS';
    expect((await call(security(), far, proxied)).fault).toContain(refused);
    const authorization = `Basic ${Buffer.from(`${soapUser.name}:${soapUser.password}`).toString('base64')}`;
    expect((await call('', { ...far, authorization }, proxied)).fault).toContain(refused);
    expect((await call(security(), { ...far, 'x-forwarded-proto': 'https' }, proxied)).statuses).toEqual(letIn);
  });
});

describe('PasswordText', () => {
  test('with Nonce and Created beside it is taken as it is, any number of times', async () => {
    const beside = `<w:Nonce>${randomBytes(16).toString('base64')}</w:Nonce><u:Created xmlns:u="${wsu}">2001-01-01T00:00:00Z</u:Created>`;
    const header = security().replace('</w:UsernameToken>', `${beside}</w:UsernameToken>`);
    for (let at = 0; at < 2; at += 1) expect((await call(header)).statuses).toEqual(letIn);
  });

  test('without a Type is taken; a Type that nobody knows is UnsupportedSecurityToken', async () => {
    expect((await call(security().replace(/ Type="[^"]*"/, ''))).statuses).toEqual(letIn);
    expect((await call(security().replace('#PasswordText', '#PasswordRot13'))).fault).toBe(
      'a:UnsupportedSecurityToken: The type of the Password is not known; send PasswordText or PasswordDigest.',
    );
  });
});

describe('A Timestamp', () => {
  const stamp = (created: number, expires: number | string) => {
    const iso = (time: number | string) =>
      typeof time === 'string' ? time : new Date(Date.now() + time).toISOString();
    return `<u:Timestamp xmlns:u="${wsu}"><u:Created>${iso(created)}</u:Created><u:Expires>${iso(expires)}</u:Expires></u:Timestamp>`;
  };
  const withStamp = (text: string) => security().replace('<w:UsernameToken>', `${text}<w:UsernameToken>`);

  test('that has not expired, or not for more than five minutes, is taken', async () => {
    for (const text of [stamp(0, 300_000), stamp(-400_000, -240_000), stamp(240_000, 540_000), stamp(0, 'never')]) {
      expect((await call(withStamp(text))).statuses).toEqual(letIn);
    }
    expect((await call(digest({ beside: stamp(0, 300_000) }))).statuses).toEqual(letIn);
  });

  test('that has expired is InvalidSecurity, whatever credential comes with it', async () => {
    const expired = stamp(-900_000, -600_000);
    for (const header of [withStamp(expired), digest({ beside: expired })]) {
      const reply = await call(header);
      expect([reply.status, reply.fault]).toEqual([
        500,
        'a:InvalidSecurity: The Timestamp of the message has expired; see that the clocks agree.',
      ]);
    }
  });
});
