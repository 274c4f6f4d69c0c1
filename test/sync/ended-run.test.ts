import { expect, test } from '@jest/globals';
import { endedRun, type Run } from '../../src/sync/index.ts';
import { admin } from '../roster/roster.ts';

const runs = (state: Run['state']) => ({
  run: (_context: unknown, id: string) => Promise.resolve(id === 'r' ? ({ id, state } as Run) : undefined),
});

test.each(['queued', 'running'] as const)('what a run removes is not restored while it is %s', async (state) => {
  expect(await endedRun(runs(state), admin, 'r')).toMatchObject({ ok: false, problem: { code: 'conflict' } });
});

test.each(['done', 'failed', 'held'] as const)('it is when the run is %s, and when there is one', async (state) => {
  expect(await endedRun(runs(state), admin, 'r')).toMatchObject({ ok: true, value: { state } });
  expect(await endedRun(runs(state), admin, 'none')).toMatchObject({ ok: false, problem: { code: 'unknown-object' } });
});
