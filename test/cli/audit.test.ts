import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditCheck, AuditEntry } from '../../src/roster/index.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';
import { ways } from './ways.ts';

type Listed = { readonly items: readonly AuditEntry[]; readonly next: string | null };

describe.each(Object.entries(ways))('audit by %s', (_way, start) => {
  let line: CommandLine;
  let close: () => Promise<void>;
  let by: string;
  beforeAll(async () => {
    const started = await start();
    line = await makeCommandLine(started.settings);
    ({ close, by } = started);
    expect((await line.run(['credential', 'library', '--create', 'oneroster'])).code).toBe(0);
    expect((await line.run(['credential', 'library', '--create', 'oneroster'])).code).toBe(1);
    expect((await line.run(['purge', 'ann.lee@example.org'])).code).toBe(1);
    expect((await line.run(['credential', 'library', '--delete', '--why', 'T-20'])).code).toBe(0);
  });
  afterAll(async () => {
    await line.close();
    await close();
  });

  test('lists who did what to what, and what was refused', async () => {
    const { code, value } = await line.json<Listed>('audit', '--who', by, '--subject', 'library');
    expect(code).toBe(0);
    expect(value.items.map(({ outcome, subject, writer, reason }) => [outcome, subject, writer, reason])).toEqual([
      ['done', { type: 'credential', id: 'library' }, by, 'T-20'],
      ['done', { type: 'credential', id: 'library' }, by, undefined],
    ]);
    const shown = await line.run(['audit', '--limit', '20']);
    expect(shown.stdout).toMatch(/refused: already-exists +credential/);
    expect(shown.stdout).toMatch(/refused: unknown-object +record ~[\w-]{22}/);
    expect(shown.stdout).not.toContain('ann.lee');
    const page = await line.json<Listed>('audit', '--limit', '1');
    expect(page.value.items).toHaveLength(1);
    expect((await line.run(['audit', '--cursor', String(page.value.next), '--limit', '1'])).code).toBe(0);
    expect((await line.json<Listed>('audit', '--until', '2026-01-01')).value.items).toEqual([]);
    expect((await line.run(['audit', '--since', 'yesterday'])).code).toBe(2);
  });

  test('export writes entries as JSON lines to standard output and to a file', async () => {
    const entriesIn = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((one) => JSON.parse(one) as AuditEntry);
    const all = entriesIn((await line.run(['audit', 'export'])).stdout);
    expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, at) => at + 1));
    const file = join(line.folder, 'audit.jsonl');
    expect((await line.run(['audit', 'export', '--subject', 'library', '-o', file])).code).toBe(0);
    const some = entriesIn(await readFile(file, 'utf8'));
    expect(some).toEqual(all.filter(({ subject }) => subject?.id === 'library'));
    expect((await line.run(['audit', 'export', '-o', join(line.folder, 'no', 'folder')])).code).toBe(1);
  });

  test('verify says that all is as it was written, also by what was noted elsewhere', async () => {
    const shown = await line.run(['audit', 'verify']);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^\d+ entries, 1 to \d+, are as they were written\.\n\d+:[\w-]{43}\n$/);
    const noted = shown.stdout.trim().split('\n')[1] ?? '';
    const { code, value } = await line.json<AuditCheck>('audit', 'verify', '--expect', noted);
    expect([code, value.fault]).toEqual([0, null]);
    const wrong = await line.run(['audit', 'verify', '--expect', noted.replace(/:.*/, `:${'x'.repeat(43)}`)]);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/^Entry \d+: cut-off\./);
    expect((await line.run(['audit', 'verify', '--expect', 'nonsense'])).code).toBe(2);
  });
});
