import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { RunRequest } from '../../sync/index.ts';

/** Files over HTTP that are larger, in bytes, go in pieces. */
export const wholeUpTo = 64_000_000;
const pieceBytes = 16_000_000;
/** Seconds before a piece is sent again after no answer; then it is given up. */
const waits = [1, 2, 5, 10, 30, 60];

/** What sending needs. */
export interface PiecesDeps {
  /** Asks the admin API; rejects where there is no answer. */
  readonly ask: (method: string, path: string, headers: Record<string, string>, body?: Uint8Array) => Promise<Response>;
  /** What an answer that is none of success says. */
  readonly refusal: (status: number, text: string) => Failed;
  readonly signal: AbortSignal;
  /** Milliseconds of one of {@link waits}' seconds; a test's are shorter. */
  readonly secondMs?: number;
}

/** Sends a file in pieces (tus 1.0), each with its digest; after a broken connection it goes on where it was. The run's id. */
export async function sendInPieces(
  deps: PiecesDeps,
  request: RunRequest,
  bytes: AsyncIterable<Uint8Array>,
  size: number,
): Promise<Result<string>> {
  const { feed, fileName, mode, dryRun } = request;
  const metadata = { feed, filename: fileName, dryRun: String(dryRun), ...(mode === undefined ? {} : { mode }) };
  const told = Object.entries(metadata).map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`);
  const headers = { 'Upload-Length': String(size), 'Upload-Metadata': told.join(',') };
  const made = await deps.ask('POST', '/uploads', headers);
  const text = await made.text();
  if (!made.ok) return deps.refusal(made.status, text);
  const { id } = JSON.parse(text) as { id: string };
  let [offset, run]: [number, string | undefined] = [0, undefined];
  for await (const piece of piecesOf(bytes)) {
    const sent = await sendPiece(deps, `/uploads/${id}`, offset, piece);
    if (!sent.ok) return sent;
    offset += piece.length;
    run = sent.value ?? run;
  }
  return run === undefined ? failed('unreadable-input', 'The file has changed while it was sent.') : ok(run);
}

/** Sends a piece until it is there; the run's id after the last one. */
async function sendPiece(
  { ask, refusal, signal, secondMs = 1000 }: PiecesDeps,
  path: string,
  offset: number,
  piece: Uint8Array,
): Promise<Result<string | undefined>> {
  const digest = createHash('sha256').update(piece).digest('base64');
  const headers = {
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Offset': String(offset),
    'Upload-Checksum': `sha256 ${digest}`,
  };
  for (const wait of [...waits, undefined]) {
    try {
      const answer = await ask('PATCH', path, headers, piece);
      const text = await answer.text();
      if (answer.ok) return ok(answer.headers.get('rostergate-run') ?? undefined);
      // What came twice, or was taken by a request whose answer was lost, is there.
      const there = answer.status === 409 ? await ask('HEAD', path, {}) : undefined;
      if (Number(there?.headers.get('upload-offset')) === offset + piece.length) {
        return ok(there?.headers.get('rostergate-run') ?? undefined);
      }
      if (answer.status < 500 && answer.status !== 409 && answer.status !== 460) return refusal(answer.status, text);
      if (wait === undefined) return refusal(answer.status, text);
    } catch (error) {
      if (signal.aborted || wait === undefined) throw error;
    }
    await sleep(wait * secondMs, undefined, { signal });
  }
  return failed('busy', 'There is no answer from the gateway.');
}

/** The bytes in pieces of one size but the last. */
async function* piecesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [parts, length]: [Uint8Array[], number] = [[], 0];
  for await (const bit of bytes) {
    parts.push(bit);
    length += bit.length;
    if (length < pieceBytes) continue;
    yield Buffer.concat(parts);
    [parts, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(parts);
}
