import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { basic } from '../setup/doors.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { type MailServer, startMailServer } from '../setup/mail-server.ts';
import { demo } from '../setup/services.ts';
import { startWholeGateway, type WholeGateway } from '../setup/whole-gateway.ts';

const publicUrl = 'https://roster.school.example';

let server: MailServer;
let gateway: WholeGateway;

beforeAll(async () => {
  server = await startMailServer();
  const mails = { SMTP_URL: server.url, MAIL_FROM: 'roster@school.example', PUBLIC_URL: publicUrl };
  gateway = await startWholeGateway(mails);
});
afterAll(async () => {
  await gateway?.close();
  await server?.close();
});

test('A gateway with a mail server tells of a run by itself, and the links in its mails lead to its pages', async () => {
  const headers = { authorization: basic(demo.user, demo.password) };
  await fetch(`${gateway.url}/api/v1/feeds/nightly`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ notices: { subscribers: [{ address: 'head@school.example' }] } }),
  });
  const sent = await fetch(`${gateway.url}/api/v1/imports?feed=nightly`, {
    method: 'POST',
    headers,
    body: enterpriseFile({ persons: ['p1'] }),
  });
  const { id } = (await sent.json()) as { id: string };
  while (server.mails.length === 0) await sleep(20);
  const text = server.mails[0]?.parsed.text ?? '';
  const report = `${publicUrl}/api/v1/runs/${id}`;
  expect(text).toContain(report);
  const shown = await fetch(report.replace(publicUrl, gateway.url), { headers });
  expect(await shown.json()).toMatchObject({ id, state: 'done' });
  const [link = ''] = /https:\S+\/notices\/unsubscribe\?token=\S+/.exec(text) ?? [];
  const page = await fetch(link.replace(publicUrl, gateway.url));
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(await page.text()).toContain('<button type="submit">End the mails</button>');
});
