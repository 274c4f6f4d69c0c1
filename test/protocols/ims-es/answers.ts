import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { answerKind } from './schemas.ts';

/**
 * Keeps an answer for `test/interop/validate-answers.ts` where ROSTERGATE_ANSWERS names a folder. Its name says what it
 * is; equal answers are kept once.
 */
export function collectAnswer(text: string): void {
  const folder = process.env['ROSTERGATE_ANSWERS'];
  if (folder === undefined || folder === '') return;
  mkdirSync(folder, { recursive: true });
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  writeFileSync(join(folder, `${answerKind(text)}.${hash}.xml`), text);
}

/** Keeps every answer to a call that a gateway gives, so that those to other people's programs are kept too. */
export const collectAnswers: RequestHandler = (req, res, next) => {
  const send = res.send.bind(res);
  res.send = (body: unknown) => {
    if (req.method === 'POST' && typeof body === 'string' && body.startsWith('<?xml')) collectAnswer(body);
    return send(body);
  };
  next();
};
