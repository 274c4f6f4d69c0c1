import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runEvents } from '../../src/admin/run-events.ts';
import type { Run, Sync } from '../../src/sync/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';
import { type AdminGateway, basic, startAdmin } from './gateway.ts';

interface Event {
  readonly name: string;
  readonly run: Run;
}

/** Reads a stream of events to its end, as a client does. */
async function* eventsOf(response: Response): AsyncGenerator<Event> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (name !== '') yield { name, run: JSON.parse(data) as Run };
    }
  }
}

describe('GET /runs/:id/events', () => {
  let gateway: AdminGateway;
  beforeAll(async () => {
    gateway = await startAdmin({ start: false });
  });
  afterAll(() => gateway.close());

  const watch = (id: string, init: RequestInit = {}) =>
    fetch(`${gateway.url}/runs/${id}/events`, {
      headers: { authorization: basic(demo.user, demo.password) },
      ...init,
    });

  test('tells of a run from the queue to its end, and ends then', async () => {
    const body = enterpriseFile({ persons: manyIds('p', 2000), groups: ['g'], members: ['g/p1'] });
    const posted = await gateway.ask('POST', '/imports', { body });
    const id = String(posted.json['id']);
    const response = await watch(id);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events: Event[] = [];
    for await (const event of eventsOf(response)) {
      if (events.length === 0) {
        expect(event).toMatchObject({ name: 'progress', run: { id, state: 'queued' } });
        await gateway.sync.start();
      }
      events.push(event);
    }
    expect(events.slice(0, -1).every(({ name }) => name === 'progress')).toBe(true);
    expect(events.some(({ run }) => run.state === 'running')).toBe(true);
    expect(events.at(-1)).toMatchObject({ name: 'end', run: { id, state: 'done' } });
    expect(events.at(-1)?.run.counts.person.created).toBe(2000);
  });

  test('tells of a run that is over at once, and of none that is not there or is not allowed', async () => {
    const [{ id } = { id: '' }] = (await gateway.ask('GET', '/runs')).json['items'] as Run[];
    const names: string[] = [];
    for await (const { name } of eventsOf(await watch(id))) names.push(name);
    expect(names).toEqual(['end']);
    expect((await watch('none')).status).toBe(404);
    expect((await watch(id, { headers: {} })).status).toBe(401);
  });
});

describe('a stream of events', () => {
  const run = (records: number) => ({ id: 'r', progress: { records } }) as unknown as Run;
  const context = { tenant: 't', writer: 'w', namespace: 'n', source: 'admin' } as const;

  /** A run that nobody works on, as it is waited for. */
  function waiting() {
    let report: (now: Run) => void = () => undefined;
    const state = { ended: false, report: (now: Run) => report(now) };
    const wait: Sync['wait'] = (_context, _id, onProgress, signal) => {
      report = onProgress ?? report;
      return new Promise((resolve) => {
        signal?.addEventListener('abort', () => {
          state.ended = true;
          resolve(run(0));
        });
      });
    };
    return { state, wait };
  }

  test.each(['close', 'draining'])('ends on %s, and nobody waits for the run any more', async (name) => {
    const { state, wait } = waiting();
    const response = new EventEmitter();
    const events = runEvents({ wait }, context, 'r', response);
    const next = events.next();
    await sleep(5);
    response.emit(name);
    expect(await next).toEqual({ value: undefined, done: true });
    expect(state.ended).toBe(true);
    expect(response.listenerCount('close') + response.listenerCount('draining')).toBe(0);
  });

  test('says now and then that it is alive, and a change once', async () => {
    const { state, wait } = waiting();
    const events = runEvents({ wait }, context, 'r', undefined, 20);
    const first = events.next();
    state.report(run(1));
    expect((await first).value).toContain('"records":1');
    state.report(run(1));
    expect((await events.next()).value).toBe(': alive\n\n');
    state.report(run(2));
    expect((await events.next()).value).toContain('"records":2');
    await events.return(undefined);
    expect(state.ended).toBe(true);
  });
});
